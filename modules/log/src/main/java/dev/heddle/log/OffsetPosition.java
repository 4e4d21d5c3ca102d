package dev.heddle.log;

/** An entry of the offset index: the batch that holds {@code offset} starts at byte {@code position} of the segment. */
record OffsetPosition(long offset, int position) {}
