"""Entries have legs and legs sum to zero: constraint triggers in plain SQL (why: see payments/models/ledger.py)."""

import pgtrigger.migrations
from django.db import migrations

_MAKE = """
CREATE FUNCTION payments_entry_has_legs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
BEGIN
    SELECT sum(amount_fen) INTO total FROM payments_leg WHERE entry_id = NEW.id;
    IF total IS NULL THEN
        RAISE EXCEPTION 'ledger entry % has no legs', NEW.id;
    ELSIF total <> 0 THEN
        RAISE EXCEPTION 'ledger entry % is out of balance by % fen', NEW.id, total;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION payments_leg_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
BEGIN
    SELECT sum(amount_fen) INTO total FROM payments_leg WHERE entry_id = NEW.entry_id;
    IF total IS NULL THEN
        RAISE EXCEPTION 'ledger entry % has no legs', NEW.entry_id;
    ELSIF total <> 0 THEN
        RAISE EXCEPTION 'ledger entry % is out of balance by % fen', NEW.entry_id, total;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER entry_has_legs AFTER INSERT ON payments_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_entry_has_legs();
CREATE CONSTRAINT TRIGGER leg_balances AFTER INSERT ON payments_leg
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_leg_balances();
"""
_DROP = """
DROP TRIGGER entry_has_legs ON payments_entry;
DROP TRIGGER leg_balances ON payments_leg;
DROP FUNCTION payments_entry_has_legs();
DROP FUNCTION payments_leg_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_notices")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="entry", name="has_legs"),
        pgtrigger.migrations.RemoveTrigger(model_name="leg", name="balanced"),
        migrations.RunSQL(_MAKE, _DROP),
    ]
