package dev.heddle.handlers;

import java.util.Map;

/**
 * The levels of the broker's loggers, as the BROKER_LOGGER resource shows and alters them (KIP-412); {@code app}, which
 * knows the logging library, implements it. Any thread may call it. Nothing of this survives a restart.
 */
public interface LoggerLevels {

    /** The root logger's name: Kafka's, whatever the library calls it. */
    String ROOT = "root";

    /** The effective level of every logger by its name, as one of {@code TRACE DEBUG INFO WARN ERROR FATAL OFF}. */
    Map<String, String> levels();

    /** Sets the level of a logger that {@link #levels()} names; {@code FATAL} turns into the highest there is. */
    void set(String logger, String level);

    /** Lets the logger, which is not the root, have the level of its parent again. */
    void unset(String logger);
}
