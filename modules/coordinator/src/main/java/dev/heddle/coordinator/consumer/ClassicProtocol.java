package dev.heddle.coordinator.consumer;

import java.util.Arrays;

/**
 * A protocol that a member of the classic protocol supports, with what it says under it. Immutable by agreement: nobody
 * writes to {@link #metadata}.
 */
public record ClassicProtocol(String name, byte[] metadata) {

    @Override
    public boolean equals(Object other) {
        return other instanceof ClassicProtocol that
                && name.equals(that.name)
                && Arrays.equals(metadata, that.metadata);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(metadata);
    }

    @Override
    public String toString() {
        return name;
    }
}
