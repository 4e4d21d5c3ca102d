package dev.heddle.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.jspecify.annotations.Nullable;

/**
 * The log as it is without a logback file: warnings and errors on stderr. Called by logback, once, on the thread that
 * asks for the first logger.
 *
 * <p>{@code HEDDLE_LOG_LEVEL} chooses another level, {@code HEDDLE_LOG_FILE} a file instead of stderr. Whoever needs
 * more sets {@code -Dlogback.configurationFile=…} in {@code HEDDLE_JVM_OPTS}; then this does nothing. Reading logback's
 * XML takes longer than all the rest of its start.
 */
public final class LoggingSetup extends ContextAwareBase implements Configurator {

    private static final String PATTERN = "%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger{0}: %msg%n";

    /** Called by {@link java.util.ServiceLoader}. */
    public LoggingSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(System.getenv("HEDDLE_LOG_LEVEL"), Level.WARN));
        root.addAppender(appender(context, System.getenv("HEDDLE_LOG_FILE")));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static OutputStreamAppender<ILoggingEvent> appender(LoggerContext context, @Nullable String file) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        OutputStreamAppender<ILoggingEvent> appender = file == null ? toStderr() : toFile(file);
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }

    private static OutputStreamAppender<ILoggingEvent> toStderr() {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setName("stderr");
        appender.setTarget("System.err");
        return appender;
    }

    private static OutputStreamAppender<ILoggingEvent> toFile(String file) {
        var appender = new FileAppender<ILoggingEvent>();
        appender.setName("file");
        appender.setFile(file);
        return appender;
    }
}
