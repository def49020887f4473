-- Stores which document a booking has, and when it was made (docs/booking.md, step 8). One statement, inside the transaction that publishes it.
--
--  $1 booking id                   $4 venue        $7 document kind   $10 actor
--  $2 version that was rendered    $5 time zone    $8 key             $11 what the audit calls it
--  $3 name of the event            $6 start        $9 SHA-256         $12 request id     $13 whether another step is due after this one
--
-- Returns one row. Returns no row, and changes nothing, if the booking or the event is not as it was rendered.
--
-- Locks, in this order (docs/locking.md): the booking; the event, shared, so that its facts do not change between the look at them and the time
-- that is recorded for the document. Both are read again after a wait for their locks.
WITH rendered AS MATERIALIZED (
    SELECT id, event_id FROM bookings WHERE id = $1 AND version = $2 FOR NO KEY UPDATE
),
unchanged AS MATERIALIZED (
    SELECT rendered.id
    FROM rendered JOIN events ON events.id = rendered.event_id
    WHERE events.name = $3 AND events.venue = $4 AND events.time_zone = $5 AND events.starts_at = $6
    FOR KEY SHARE OF events
),
issued AS (
    UPDATE bookings
    SET document_kind = $7, document_key = $8, document_sha256 = $9, document_made_at = clock_timestamp(), version = version + 1,
        next_step_at = CASE WHEN $13 THEN now() END, updated_at = now()
    FROM unchanged
    WHERE bookings.id = unchanged.id
    RETURNING bookings.id, bookings.version, bookings.status, bookings.updated_at, bookings.next_step_at
),
audited AS (
    INSERT INTO audit_entries (subject_type, subject_id, booking_id, actor, action, from_status, to_status, detail, request_id)
    SELECT 'booking', issued.id, issued.id, $10, $11, issued.status, issued.status,
        jsonb_build_object('document_kind', $7::text, 'document_key', $8::text, 'document_sha256', $9::text), $12
    FROM issued
)
SELECT issued.version, issued.updated_at, issued.next_step_at FROM issued
