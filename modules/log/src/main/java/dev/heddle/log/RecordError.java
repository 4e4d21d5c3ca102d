package dev.heddle.log;

/**
 * Why one record was refused.
 *
 * @param batchIndex the record's place in its batch, from 0
 * @param message for the client
 */
public record RecordError(int batchIndex, String message) {}
