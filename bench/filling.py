"""Fills a migrated database with practices, patients and orders by the million, in minutes: rows that fit together.

Order number `n` is the `n`th newest and always the same, so that a small filling is the beginning of a larger one.
The newest orders stand on the lab's floor, however many there are behind them: the floor is as large as the lab.
What triggers keep (`orders.tally`) is counted once at the end instead of a million times on the way.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from uuid import UUID

import psycopg

PRACTICES = 200
FLOOR = 4_000
PATIENTS = 20_000
DRAFTS, ON_THEIR_WAY = 200, 1_500
STEP = 200_000  # orders in one transaction

ORGANISATIONS = """
INSERT INTO auth.organisation (id, name, kind, active, created_at)
SELECT md5('bench practice ' || p)::uuid, 'Practice ' || p, 'practice', true, now()
FROM generate_series(0, %(practices)s - 1) p ON CONFLICT DO NOTHING;
"""
PROFILES = """
INSERT INTO practices.practice (id, name, account_number, active, version, created_at, updated_at)
SELECT md5('bench practice ' || p)::uuid, 'Practice ' || p, 'BENCH-' || lpad(p::text, 3, '0'), true, 1, now(), now()
FROM generate_series(0, %(practices)s - 1) p ON CONFLICT DO NOTHING;
"""
SITES = """
INSERT INTO practices.site (id, practice_id, code, name, address_lines, postcode, country, is_default)
SELECT md5('bench site ' || p)::uuid, md5('bench practice ' || p)::uuid, 'MAIN', 'Main site', ARRAY['1 Quay'],
'PL1 1AA', 'United Kingdom', true
FROM generate_series(0, %(practices)s - 1) p ON CONFLICT DO NOTHING;
"""
# Family names as they are spread in real life: the most frequent has about one patient in fifty, most have few.
PEOPLE = """
INSERT INTO patients.patient (id, practice_id, number, given_name, family_name, date_of_birth, search_text, version,
created_at, updated_at)
SELECT md5('bench patient ' || k)::uuid, md5('bench practice ' || mod(k, %(practices)s))::uuid,
'CUST-9' || lpad(k::text, 6, '0'), given, initcap(family), date '1940-01-01' + mod(k * 37, 25000)::int,
concat_ws(' ', family, lower(given), 'cust9' || lpad(k::text, 6, '0'), '9' || lpad(k::text, 6, '0')), 1, now(), now()
FROM (
    SELECT k, (ARRAY['Ada','Ben','Cleo','Dan','Edith','Finn','Grace','Hugo','Iris','Jack','Kim','Lena','Max','Nora',
        'Otto','Pia','Quinn','Rosa','Sam','Tess'])[1 + mod(k * 13, 20)] AS given,
    (ARRAY['ab','bar','cor','dun','el','far','gren','hal','ing','jos','kel','lan','mor','nor','os','pen','quil','ram',
        'sal','thor'])[1 + place / 20] ||
    (ARRAY['well','ton','ham','ley','ford','wick','by','worth','field','man','son','sen','ing','ridge','dale','stone',
        'wood','hurst','combe','shaw'])[1 + mod(place, 20)] AS family
    FROM generate_series(0, %(patients)s - 1) k,
    LATERAL (SELECT floor(400 * power(mod(k * 7919, 10007) / 10007.0, 1.5))::int AS place) spread
) named ON CONFLICT DO NOTHING;
"""
MADE = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT n, md5('bench order ' || n)::uuid AS id, md5('bench practice ' || mod(k, %(practices)s))::uuid AS practice_id,
'Practice ' || mod(k, %(practices)s) AS practice_name, 'BENCH-' || lpad(mod(k, %(practices)s)::text, 3, '0') AS account,
k, t.id AS patient_id, t.family_name || ', ' || t.given_name AS patient_name, t.number AS patient_number,
now() - n * interval '30 seconds' AS placed_at, lpad(n::text, 7, '0') AS figures,
CASE WHEN n > %(floor)s + %(drafts)s + %(on_their_way)s
    THEN CASE WHEN mod(n, 25) = 0 THEN 'cancelled' ELSE 'completed' END
WHEN n > %(floor)s + %(drafts)s THEN 'shipped'
WHEN n > %(floor)s THEN NULL
WHEN mod(n, 20) < 5 THEN 'queued' WHEN mod(n, 20) < 14 THEN 'in_production' WHEN mod(n, 20) < 17 THEN 'quality_check'
WHEN mod(n, 20) < 19 THEN 'ready_for_shipping' ELSE 'on_hold' END AS job_status,
(ARRAY['PICK','GEN','POLISH','HC','AR','EDGE'])[1 + mod(n, 6)] AS station
FROM generate_series(%(low)s, %(high)s) n, LATERAL (SELECT mod(n * 7919::bigint, %(patients)s) AS k) who
JOIN patients.patient t ON t.id = md5('bench patient ' || k)::uuid;
"""
ORDERS = """
INSERT INTO orders."order" (id, version, number, practice_id, practice_name, account_number, ship_to, ecp_name,
entered_for_practice, status, cancel_requested, cancel_reason, refused, attention, reason, patient_id, patient_name,
patient_number, reference, lens, urgency, frame_to_come, draft, configuration, search, job_id, job_status,
lims_sequence, lims_at, station, queue_position, due_at, promised_at, rules_version, price, findings, carrier,
tracking_number, attempts, may_have_arrived, last_error, sent_at, heard_at, placed_at, changed_at)
SELECT id, 2, CASE WHEN job_status IS NOT NULL THEN 'ORD-2025-' || figures END, practice_id, practice_name, account,
'MAIN', 'Olive Vance', false, CASE job_status WHEN 'queued' THEN 'in_production' WHEN 'ready_for_shipping' THEN
'quality_check' ELSE coalesce(job_status, 'draft') END, false, '', false, coalesce(job_status = 'on_hold', false),
CASE WHEN job_status = 'on_hold' THEN 'Blank out of stock.' ELSE '' END, patient_id, patient_name, patient_number,
'ref ' || n, 'Single vision spherical · 1.50 · Hard coat', CASE WHEN mod(n, 17) = 0 THEN 'rush' ELSE 'standard' END,
mod(n, 11) = 0, jsonb_build_object('practice_id', practice_id, 'patient_id', patient_id, 'lens_type', 'single_vision',
    'design', 'sv-sph', 'material', '150', 'written', jsonb_build_object('od_sphere', '-2.00', 'os_sphere', '-1.75')),
jsonb_build_object('prescription', jsonb_build_object('odSphere', '-2.00', 'osSphere', '-1.75')),
concat_ws(' ', 'ord 2025', figures, lower(replace(patient_name, ',', '')), lower(replace(patient_number, '-', ' ')),
    'ref', n, 'job b', figures, lower(practice_name), 'olive vance'),
CASE WHEN job_status IS NOT NULL THEN 'JOB-B-' || figures END, job_status,
CASE WHEN job_status IS NULL THEN 0 ELSE 4 END, placed_at,
CASE WHEN job_status = 'in_production' THEN station ELSE '' END,
CASE WHEN job_status = 'queued' THEN n END, placed_at + interval '28 hours', placed_at + interval '28 hours', 'bench',
'{"currency": "GBP", "totalMinor": 4200, "lines": [{"what": "Lenses", "minor": 4200}]}'::jsonb, '[]'::jsonb,
CASE WHEN job_status IN ('shipped', 'completed') THEN 'Parcel' ELSE '' END,
CASE WHEN job_status IN ('shipped', 'completed') THEN 'TRK' || figures ELSE '' END, 1, false, '', placed_at,
now() + interval '1 day', placed_at, placed_at
FROM made;
"""
TIMELINE = """
INSERT INTO orders.timeline (order_id, at, who, what, old, new, job_status, why, lims_sequence)
SELECT id, placed_at + step * interval '1 hour', who, what, old, new, job, '', nullif(step, 0)
FROM made, (VALUES (0, 'Olive Vance', 'Order placed', 'draft', 'submitted', NULL),
(1, 'The lab', 'Queued at the lab', 'submitted', 'in_production', 'queued'),
(2, 'The lab', 'In production', 'in_production', 'in_production', 'in_production'),
(3, 'The lab', 'Being inspected', 'in_production', 'quality_check', 'quality_check')) said (step, who, what, old, new,
job) WHERE job_status IS NOT NULL;
"""
CARDS = """
INSERT INTO lab.card (order_id, practice_id, practice_name, number, tray, lens, urgency, frame_to_come, job_id,
job_status, lims_sequence, lims_at, stage, station, entered_stage_at, shipped_at, on_floor, queue_position, due_at,
sent_at, reason, carrier, tracking_number, search)
SELECT id, practice_id, practice_name, 'ORD-2025-' || figures, 'T-9' || figures || '-' || pg_temp.damm('9' || figures),
'Single vision spherical · 1.50 · Hard coat', CASE WHEN mod(n, 17) = 0 THEN 'rush' ELSE 'standard' END,
mod(n, 11) = 0, 'JOB-B-' || figures, job_status, 4, placed_at,
CASE job_status WHEN 'queued' THEN 'queued' WHEN 'quality_check' THEN 'inspection' WHEN 'ready_for_shipping' THEN
'packed' WHEN 'shipped' THEN 'shipped' WHEN 'completed' THEN 'gone' WHEN 'cancelled' THEN 'gone' ELSE
(ARRAY['preparing','surfacing','surfacing','coating','coating','edging'])[1 + mod(n, 6)] END,
CASE WHEN job_status = 'in_production' THEN station ELSE '' END, placed_at,
CASE WHEN job_status IN ('shipped', 'completed') THEN placed_at + interval '27 hours' END,
n <= %(floor)s, CASE WHEN job_status = 'queued' THEN n END, placed_at + interval '28 hours', placed_at,
CASE WHEN job_status = 'on_hold' THEN 'Blank out of stock.' ELSE '' END, '', '',
concat_ws(' ', 'ord-2025-' || figures, 't-9' || figures, 'job-b-' || figures, lower(practice_name), 'single vision')
FROM made WHERE job_status IS NOT NULL;
"""
STEPS = """
INSERT INTO lab.step (order_id, sequence, at, job_status, station)
SELECT id, step, placed_at + step * interval '1 hour', job, ''
FROM made, (VALUES (1, 'queued'), (2, 'in_production'), (3, 'quality_check')) told (step, job)
WHERE job_status IS NOT NULL;
"""
TALLY = """
TRUNCATE orders.tally;
INSERT INTO orders.tally (practice_id, bucket, count)
SELECT practice_id, status, count(*) FROM orders."order" GROUP BY 1, 2
UNION ALL SELECT practice_id, 'attention', count(*) FROM orders."order" WHERE attention GROUP BY 1;
"""
DAMM = """
CREATE OR REPLACE FUNCTION pg_temp.damm(figures text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    interim int := 0;
    rows text[] := ARRAY['0317598642','7092154863','4206871359','1750983426','6123045978','3674209581','5869720134',
                         '8945362017','9438617205','2581436790'];
BEGIN
    FOR place IN 1 .. length(figures) LOOP
        interim := substr(rows[interim + 1], substr(figures, place, 1)::int + 1, 1)::int;
    END LOOP;
    RETURN interim;
END $$;
"""


def filled_id(kind: str, number: int) -> UUID:
    """The id of a practice, site, patient or order of this number."""
    return UUID(hashlib.md5(f"bench {kind} {number}".encode()).hexdigest())


def fill(url: str, orders: int, *, already: int = 0, floor: int = FLOOR, practices: int = PRACTICES) -> float:
    """Have this many orders in the database, `already` of them there from a call before; the seconds it took.

    `url` is libpq's. At least `floor` and 1,700 orders are needed for one of every kind.
    """
    began = time.monotonic()
    about = {
        "floor": floor, "practices": practices, "patients": PATIENTS, "drafts": DRAFTS, "on_their_way": ON_THEIR_WAY,
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(DAMM)
        for statement in (ORGANISATIONS, PROFILES, SITES, PEOPLE):
            connection.execute(statement, about)
        for low in range(already + 1, orders + 1, STEP):
            with connection.transaction():
                connection.execute('ALTER TABLE orders."order" DISABLE TRIGGER order_tally')
                bounds = {**about, "low": low, "high": min(low + STEP - 1, orders)}
                for statement in (MADE, ORDERS, TIMELINE, CARDS, STEPS):
                    connection.execute(statement, bounds)
                connection.execute('ALTER TABLE orders."order" ENABLE TRIGGER order_tally')
        with connection.transaction():
            connection.execute(TALLY)
        for table in ('orders."order"', "orders.timeline", "orders.tally", "lab.card", "lab.step", "patients.patient"):
            connection.execute(f"VACUUM (ANALYZE) {table}")  # as autovacuum does by and by
        connection.execute("CHECKPOINT")  # or it would be written out while something is measured
    return time.monotonic() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="a migrated database, as libpq takes it")
    parser.add_argument("orders", type=int)
    asked = parser.parse_args()
    print(f"{asked.orders} orders in {fill(asked.url, asked.orders):.0f} s")
