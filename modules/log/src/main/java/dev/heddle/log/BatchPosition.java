package dev.heddle.log;

/** Where a batch lies in a segment file. */
record BatchPosition(int position, int sizeInBytes) {}
