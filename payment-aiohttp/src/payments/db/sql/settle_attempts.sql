-- Settles attempts with the outcomes that were drawn when they began: deletes them, and changes their invoices with their history.
-- One statement for any number of attempts.
--
--  $1 invoice numbers   $4 action of success   $7 actor              $2, $5 and the column `paid_at` are for the outcome `ok`,
--  $2 status if paid    $5 action of failure   $8 reason of failure  $3, $6 and `failed_at` for `fail`
--  $3 status if failed  $6 status before
--
-- Returns a row for each attempt that this statement has settled: the invoice as it is now, and the ids of the request that paid it.
-- The invoice's columns are null if it was not in the status before: the caller must then undo the transaction.
-- Returns no row for an attempt that was settled before, or whose invoice has none.
--
-- Locks (docs/locking.md): the invoices, in the order of their numbers, then their attempts. Whoever has waited for another worker that settles the
-- same attempt finds it deleted.
WITH locked AS MATERIALIZED (
    SELECT number FROM invoices WHERE number = ANY($1::text[]) ORDER BY number FOR NO KEY UPDATE
),
settled AS (
    DELETE FROM payment_attempts USING locked
    WHERE invoice_number = locked.number AND finished_at IS NULL
    RETURNING invoice_number, request_id, traceparent,
        outcome = 'ok' AS is_paid,
        CASE outcome WHEN 'ok' THEN $2 ELSE $3 END AS status,
        CASE outcome WHEN 'ok' THEN $4 ELSE $5 END AS action,
        CASE outcome WHEN 'ok' THEN NULL ELSE $8 END AS failure_reason
),
decided AS (
    UPDATE invoices
    SET status = settled.status, version = version + 1, updated_at = statement_timestamp(), failure_reason = settled.failure_reason,
        paid_at = CASE WHEN is_paid THEN statement_timestamp() END,
        failed_at = CASE WHEN is_paid THEN NULL ELSE statement_timestamp() END,
        history = jsonb_build_array(jsonb_build_object(
            'at', statement_timestamp(), 'actor', $7::text, 'action', settled.action, 'from_status', $6::text, 'to_status', settled.status,
            'detail', CASE WHEN is_paid THEN '{}'::jsonb ELSE jsonb_build_object('failure_reason', settled.failure_reason) END,
            'request_id', settled.request_id
        )) || history
    FROM settled
    WHERE number = settled.invoice_number AND invoices.status = $6
    RETURNING number, reference, token, version, invoices.status, amount, currency, description, customer, return_url, time_zone,
        expires_at, invoices.failure_reason, refund_requested_at, paid_at, failed_at, voided_at, refunded_at, created_at, updated_at
)
SELECT decided.*, settled.invoice_number AS attempt_of, settled.request_id, settled.traceparent
FROM settled LEFT JOIN decided ON decided.number = settled.invoice_number
