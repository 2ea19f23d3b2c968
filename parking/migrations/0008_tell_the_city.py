"""PostgreSQL says when something changed at the kerb: who shows the city need not ask every moment."""

from django.db import migrations

_TABLES = ("berthstate", "roadnotice", "roadnotice_roads", "road", "berth")
_TELL = """
CREATE FUNCTION parking_tell_city() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Equal words of one transaction are sent once.
    PERFORM pg_notify('openberth_city', '');
    RETURN NULL;
END
$$;
""" + "".join(
    f"""
CREATE TRIGGER tell_city AFTER INSERT OR UPDATE OR DELETE ON parking_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION parking_tell_city();
"""
    for table in _TABLES
)
_HUSH = "".join(f"DROP TRIGGER tell_city ON parking_{table};" for table in _TABLES) + "DROP FUNCTION parking_tell_city();"


class Migration(migrations.Migration):
    """Triggers only."""

    dependencies = [("parking", "0007_driver")]
    operations = [migrations.RunSQL(_TELL, _HUSH)]
