/** The server-side assignors of consumer groups: pure functions from members and topics to who gets what. */
@NullMarked
package dev.heddle.coordinator.assignor;

import org.jspecify.annotations.NullMarked;
