-- The position of the WAITING entry in `waitlist_entries`: 1 for the first in the queue of its seat.
--
-- Entries of a queue are numbered from 1 in the order of joining. 64 numbers make a block of level 1, 64 of those a
-- block of level 2, and 64 of those one of level 3; `waitlist_blocks` has the number of WAITING entries of each block
-- (kept by triggers, migration 0012). So the position is counted from at most 64 entries of the own block of level 1,
-- and at most 64 blocks of each level up to sixteen million numbers, however long the queue is.
(
    SELECT count(*) FROM waitlist_entries AS ahead
    WHERE ahead.seat_id = waitlist_entries.seat_id AND ahead.status = 'WAITING'
      AND ahead.queue_number >= waitlist_entries.queue_number / 64 * 64
      AND ahead.queue_number <= waitlist_entries.queue_number
) + (
    SELECT coalesce(sum(blocks.waiting), 0) FROM waitlist_blocks AS blocks
    WHERE blocks.seat_id = waitlist_entries.seat_id AND blocks.level = 1
      AND blocks.block >= waitlist_entries.queue_number / 4096 * 64
      AND blocks.block < waitlist_entries.queue_number / 64
) + (
    SELECT coalesce(sum(blocks.waiting), 0) FROM waitlist_blocks AS blocks
    WHERE blocks.seat_id = waitlist_entries.seat_id AND blocks.level = 2
      AND blocks.block >= waitlist_entries.queue_number / 262144 * 64
      AND blocks.block < waitlist_entries.queue_number / 4096
) + (
    SELECT coalesce(sum(blocks.waiting), 0) FROM waitlist_blocks AS blocks
    WHERE blocks.seat_id = waitlist_entries.seat_id AND blocks.level = 3
      AND blocks.block < waitlist_entries.queue_number / 262144
)
