-- Stores which documents bookings have, and when they were made (docs/booking.md, step 8). One statement for any number of bookings, inside the
-- transaction that publishes them.
--
--  $1 booking ids (uuid[])              $4 venues (text[])              $7 kinds of the documents (text[])   $10 request ids (text[])
--  $2 versions that were rendered (int[])   $5 time zones (text[])      $8 keys (text[])     $11 whether another step is due after this one (bool[])
--  $3 names of their events (text[])    $6 starts (timestamptz[])       $9 SHA-256s (text[])     $12 actor     $13 what the audit calls it
--
-- Returns one row for each booking whose document it has stored. Changes nothing of a booking that is not as it was rendered, or whose event is not.
--
-- Locks, in this order (docs/locking.md): the bookings in the order of their ids; their events in the order of theirs, shared, so that their facts
-- do not change between the look at them and the time that is recorded for the document. Both are read again after a wait for their locks.
WITH rendered AS (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bool[]
    ) AS rendered (id, version, event_name, venue, time_zone, starts_at, kind, key, sha256, request_id, has_next_step)
),
unchanged AS MATERIALIZED (
    SELECT bookings.id, bookings.event_id
    FROM rendered JOIN bookings ON bookings.id = rendered.id
    WHERE bookings.version = rendered.version
    ORDER BY bookings.id
    FOR NO KEY UPDATE OF bookings
),
of_unchanged_events AS MATERIALIZED (
    SELECT rendered.*
    FROM unchanged JOIN rendered ON rendered.id = unchanged.id JOIN events ON events.id = unchanged.event_id
    WHERE events.name = rendered.event_name AND events.venue = rendered.venue AND events.time_zone = rendered.time_zone
        AND events.starts_at = rendered.starts_at
    ORDER BY events.id
    FOR KEY SHARE OF events
),
issued AS (
    UPDATE bookings
    SET document_kind = made.kind, document_key = made.key, document_sha256 = made.sha256, document_made_at = clock_timestamp(),
        version = bookings.version + 1, next_step_at = CASE WHEN made.has_next_step THEN now() END, updated_at = now()
    FROM of_unchanged_events AS made
    WHERE bookings.id = made.id
    RETURNING bookings.id, bookings.version, bookings.status, bookings.updated_at, bookings.next_step_at, made.kind, made.key, made.sha256,
        made.request_id
),
audited AS (
    INSERT INTO audit_entries (subject_type, subject_id, booking_id, actor, action, from_status, to_status, detail, request_id)
    SELECT 'booking', issued.id, issued.id, $12, $13, issued.status, issued.status,
        jsonb_build_object('document_kind', issued.kind, 'document_key', issued.key, 'document_sha256', issued.sha256), issued.request_id
    FROM issued
)
SELECT issued.id, issued.version, issued.updated_at, issued.next_step_at FROM issued
