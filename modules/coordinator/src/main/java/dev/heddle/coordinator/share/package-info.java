/**
 * What a share group (KIP-932) is, and how it is written down: plain data, changed by applying records. The coordinator
 * decides, under the group's lock, what is to be recorded.
 */
@NullMarked
package dev.heddle.coordinator.share;

import org.jspecify.annotations.NullMarked;
