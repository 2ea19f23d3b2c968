"""What runs by the clock, and how often. Celery's beat follows it."""

from typing import Any

from celery.schedules import crontab

# The queue is a hint: each sweep finds in the tables what a lost message would have said.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "reconcile": {"task": "parking.tasks.reconcile", "schedule": 1.0, "options": {"expires": 5}},
    "collect": {"task": "payments.tasks.collect", "schedule": 2.0, "options": {"expires": 10}},
    "janitor": {"task": "payments.tasks.chase_unknown", "schedule": 5.0, "options": {"expires": 20}},
    "urgings": {"task": "payments.tasks.plan_urgings", "schedule": 300.0, "options": {"expires": 240}},
    "auto-invoices": {"task": "parking.tasks.invoice_each_payment", "schedule": 30.0, "options": {"expires": 25}},
    "invoices": {"task": "payments.tasks.issue_invoices", "schedule": 3.0, "options": {"expires": 10}},
    "issuers": {"task": "payments.tasks.watch_issuers", "schedule": 300.0, "options": {"expires": 240}},
    "shred": {"task": "payments.tasks.shred", "schedule": crontab(hour=3, minute=40)},
    # Statements of the day before are ready from about half past ten.
    "statements": {"task": "payments.tasks.reconcile_statements", "schedule": crontab(hour="10,14", minute=35)},
    "devices": {"task": "sensors.tasks.count_devices", "schedule": 60.0, "options": {"expires": 50}},
    # Three turns, so that a mail server's bad morning costs nobody the report.
    "reports": {"task": "parking.tasks.send_reports", "schedule": crontab(hour="7,8,9", minute=10)},
    "figures": {"task": "parking.tasks.roll_figures", "schedule": 10.0, "options": {"expires": 30}},
    # Readers number what they read themselves; this keeps the marks few when nobody reads.
    "exchange": {"task": "parking.tasks.number_changes", "schedule": 60.0, "options": {"expires": 50}},
    "examine-devices": {"task": "sensors.tasks.examine_devices", "schedule": 30.0, "options": {"expires": 25}},
    "stuck-devices": {"task": "sensors.tasks.find_stuck_devices", "schedule": crontab(minute="8,38")},
    "device-samples": {"task": "sensors.tasks.sample_devices", "schedule": crontab(minute=52)},
    "frames": {"task": "sensors.tasks.shred_frames", "schedule": crontab(hour=3, minute=10)},
    # Hourly, so that a month that could not be made in one hour is made in the next; three lie ready all the same.
    "partitions": {
        "task": "parking.tasks.keep_partitions",
        "schedule": crontab(minute=27),
        "options": {"expires": 3000},
    },
    "nonces": {"task": "sensors.tasks.forget_nonces", "schedule": crontab(minute=17)},
    "pictures": {"task": "parking.tasks.develop_pictures", "schedule": 2.0, "options": {"expires": 10}},
    "fetch": {"task": "parking.tasks.fetch_pictures", "schedule": 30.0, "options": {"expires": 30}},
    "expire": {"task": "parking.tasks.expire_pictures", "schedule": crontab(hour=4, minute=10)},
    "trials": {"task": "parking.tasks.run_trials", "schedule": 30.0, "options": {"expires": 25}},
    "calendar": {"task": "parking.tasks.keep_calendar", "schedule": 300.0, "options": {"expires": 240}},
    "permit-orders": {
        "task": "parking.tasks.expire_permit_orders",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "samples": {"task": "parking.tasks.draw_samples", "schedule": 300.0, "options": {"expires": 240}},
    "tell_drivers": {"task": "parking.tasks.tell_drivers", "schedule": 20.0, "options": {"expires": 60}},
    "tidy_up": {"task": "parking.tasks.tidy_up", "schedule": crontab(hour=4, minute=10)},
    "invariants": {"task": "parking.tasks.check_invariants", "schedule": 300.0, "options": {"expires": 240}},
    "heartbeat": {"task": "parking.tasks.heartbeat", "schedule": 5.0, "options": {"expires": 10}},
}
