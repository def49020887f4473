-- Creates the invoice of a reference that has none yet, with the first entry of its history. One statement, one transaction, one round trip.
--
--  $1 number       $4 status      $7 description         $10 time zone   $13 action
--  $2 reference    $5 amount      $8 customer (jsonb)    $11 expires at  $14 request id
--  $3 token        $6 currency    $9 return URL          $12 actor
--
-- Returns one row. Returns no row, and changes nothing, if the reference has an invoice or a tombstone.
--
-- Locks (docs/locking.md): none. The unique index of references lets one of two requests at the same time insert; the other waits for its commit.
INSERT INTO invoices (
    number, reference, token, status, amount, currency, description, customer, return_url, time_zone, expires_at, history
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
    jsonb_build_array(jsonb_build_object(
        'at', statement_timestamp(), 'actor', $12::text, 'action', $13::text, 'from_status', NULL, 'to_status', $4::text,
        'detail', '{}'::jsonb, 'request_id', $14::text
    ))
)
ON CONFLICT (reference) DO NOTHING
RETURNING version, created_at, updated_at
