/**
 * What streams groups of KIP-1071 are made of: what the log says of a group, its topology and its members, the records,
 * and the steps from one state to the next, as functions. Nothing here waits, locks or knows the time.
 */
@NullMarked
package dev.heddle.coordinator.streams;

import org.jspecify.annotations.NullMarked;
