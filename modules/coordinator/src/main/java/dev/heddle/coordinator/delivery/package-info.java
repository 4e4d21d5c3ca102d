/**
 * How the records of a partition are given to the members of share groups (KIP-932), on the broker that leads the
 * partition: who has which records and until when, what became of them, and what of that is to be written down. It
 * stands on {@code replication}, and knows of the coordinators only what keeps its state.
 */
@NullMarked
package dev.heddle.coordinator.delivery;

import org.jspecify.annotations.NullMarked;
