package dev.heddle.log;

/** An entry of the time index: {@code timestamp} is the largest one up to {@code offset} in the segment. */
record TimeIndexEntry(long timestamp, long offset) {}
