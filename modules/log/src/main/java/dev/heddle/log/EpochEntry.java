package dev.heddle.log;

/** The first offset that was written under a leader epoch. */
record EpochEntry(int epoch, long startOffset) {}
