package dev.heddle.common;

import org.jspecify.annotations.Nullable;

/**
 * The family of everything that goes wrong in the broker. Its kind tells whoever catches it what to do; no other
 * unchecked exception is thrown on purpose. (Kafka's own {@code ApiException}s, thrown by the codec, stand beside it
 * and are answered with their error code.)
 */
public abstract sealed class HeddleException extends RuntimeException
        permits AnswerException, CloseConnectionException, DirectoryOfflineException, StopBrokerException {

    HeddleException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
