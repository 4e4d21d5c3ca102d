/**
 * What consumer groups of KIP-848 are made of: what the log says of a group and its members, the records, and the steps
 * from one state to the next, as functions. Nothing here waits, locks or knows the time.
 */
@NullMarked
package dev.heddle.coordinator.consumer;

import org.jspecify.annotations.NullMarked;
