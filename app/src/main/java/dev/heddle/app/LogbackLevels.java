package dev.heddle.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import dev.heddle.handlers.LoggerLevels;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The levels of logback's loggers. Any thread may call it. Where the program that embeds the broker logs through another
 * library, there are none to alter.
 */
final class LogbackLevels implements LoggerLevels {

    @Override
    public Map<String, String> levels() {
        LoggerContext context = context();
        if (context == null) return Map.of();
        var levels = new HashMap<String, String>();
        for (Logger logger : context.getLoggerList()) {
            String name = logger.getName().equals(Logger.ROOT_LOGGER_NAME) ? ROOT : logger.getName();
            levels.put(name, logger.getEffectiveLevel().toString());
        }
        return levels;
    }

    @Override
    public void set(String logger, String level) {
        Level to = level.equals("FATAL") ? Level.ERROR : Level.toLevel(level);
        change(logger, to);
    }

    @Override
    public void unset(String logger) {
        change(logger, null);
    }

    private static void change(String logger, @Nullable Level level) {
        LoggerContext context = context();
        if (context != null) {
            context.getLogger(logger.equals(ROOT) ? Logger.ROOT_LOGGER_NAME : logger)
                    .setLevel(level);
        }
    }

    private static @Nullable LoggerContext context() {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext logback ? logback : null;
    }
}
