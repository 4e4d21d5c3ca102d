package dev.heddle.handlers;

/**
 * Which requests a {@link HandlerStrategy} serves: each lane has threads of its own, so that an operator gets through on
 * the control plane while the data plane is saturated.
 */
public enum Lane {
    /** The requests of every ordinary listener. */
    DATA_PLANE("data-plane"),
    /** The requests of {@code control.plane.listener.name}. */
    CONTROL_PLANE("control-plane");

    private final String prefix;

    Lane(String prefix) {
        this.prefix = prefix;
    }

    /** What the names of this lane's threads begin with. */
    String prefix() {
        return prefix;
    }
}
