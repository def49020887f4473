-- Begins the payment attempt of an invoice: draws the outcome by plain chance, changes the status, adds the history and the attempt.
-- One statement, one transaction, one round trip.
--
--  $1 token            $4 action       $7 attempt id   $10 controls: whether the row `simulation` counts
--  $2 status before    $5 actor        $8 traceparent  $11 failure rate of the environment, $12 its seed (may be null)
--  $3 status after     $6 request id   $9 processing   $13 chance, from 0 to 1
--
-- Returns one row. Returns no row, and changes nothing, if there is no such invoice, if it is not PENDING or has expired, or if the outcome
-- depends on the draws before (a seed, or outcomes that were set): `usecases/pay_invoice.py` then goes step by step and says why.
--
-- Locks (docs/locking.md): the invoice alone. If a void has it, this waits, reads the row again and finds it VOID.
WITH behaviour AS (
    SELECT
        CASE WHEN $10::boolean THEN coalesce(failure_rate, $11) ELSE $11::float8 END AS failure_rate,
        CASE WHEN $10::boolean THEN latency_ms ELSE 0 END AS latency_ms
    FROM simulation
    WHERE CASE WHEN $10::boolean AND seed_is_set THEN seed ELSE $12::bigint END IS NULL
        AND (NOT $10::boolean OR next_outcomes = '[]'::jsonb)
),
begun AS (
    UPDATE invoices
    SET status = $3, version = version + 1, updated_at = statement_timestamp(),
        history = jsonb_build_array(jsonb_build_object(
            'at', statement_timestamp(), 'actor', $5::text, 'action', $4::text, 'from_status', $2::text, 'to_status', $3::text,
            'detail', '{}'::jsonb, 'request_id', $6::text
        )) || history
    FROM behaviour
    WHERE token = $1 AND status = $2 AND expires_at > statement_timestamp()
    RETURNING number, behaviour.failure_rate, behaviour.latency_ms
)
INSERT INTO payment_attempts (id, invoice_number, outcome, due_at, request_id, traceparent)
SELECT $7, number, CASE WHEN $13::float8 < failure_rate THEN 'fail' ELSE 'ok' END, now() + $9::interval + latency_ms * interval '1 ms', $6, $8
FROM begun
RETURNING invoice_number
