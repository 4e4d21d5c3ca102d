package dev.heddle.requestchannel;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * What bounds the requests that are being handled.
 *
 * @param queuedMaxRequests how many requests may be queued or running, on each plane
 * @param queuedMaxRequestBytes how many bytes they may hold, on each plane; never below 1
 * @param maxInflightPerConnection how many requests of one connection may be unanswered or unsent
 * @param maxInflightBytesPerConnection how many bytes those may hold; one request is always allowed
 */
public record RequestChannelConfig(
        int queuedMaxRequests,
        long queuedMaxRequestBytes,
        int maxInflightPerConnection,
        long maxInflightBytesPerConnection) {

    public static final String QUEUED_MAX_REQUESTS = "queued.max.requests";
    public static final String QUEUED_MAX_REQUEST_BYTES = "queued.max.request.bytes";
    public static final String CONNECTION_MAX_INFLIGHT = "connection.max.inflight";
    public static final String CONNECTION_MAX_INFLIGHT_BYTES = "connection.max.inflight.bytes";

    private static final int DEFAULT_QUEUED_MAX_REQUESTS = 500;
    private static final long UNLIMITED = -1;
    private static final int DEFAULT_CONNECTION_MAX_INFLIGHT = 64;
    private static final long DEFAULT_CONNECTION_MAX_INFLIGHT_BYTES = 16L * 1024 * 1024;

    /** Adds the keys to {@code def}. */
    public static ConfigDef define(ConfigDef def) {
        return def.define(
                        QUEUED_MAX_REQUESTS,
                        INT,
                        DEFAULT_QUEUED_MAX_REQUESTS,
                        atLeast(1),
                        HIGH,
                        "How many requests may be queued or running at a time on the data plane, and as many on the"
                                + " control plane. Requests that wait (long polls, joins, acks=all) do not count."
                                + " When there are that many, no more requests that carry data are read; small control"
                                + " requests have a reserved share beyond it.")
                .define(
                        QUEUED_MAX_REQUEST_BYTES,
                        LONG,
                        UNLIMITED,
                        MEDIUM,
                        "How many bytes of requests may be held in memory before no more are read; -1 leaves it to"
                                + " half of the memory that the JVM may use.")
                .define(
                        CONNECTION_MAX_INFLIGHT,
                        INT,
                        DEFAULT_CONNECTION_MAX_INFLIGHT,
                        atLeast(1),
                        MEDIUM,
                        "How many requests of one connection may be waiting for their answer, or have an answer that"
                                + " the client has not yet taken, before no more of its requests are read.")
                .define(
                        CONNECTION_MAX_INFLIGHT_BYTES,
                        LONG,
                        DEFAULT_CONNECTION_MAX_INFLIGHT_BYTES,
                        atLeast(1),
                        MEDIUM,
                        "How many bytes those requests and answers of one connection may have in total before no more"
                                + " of its requests are read.");
    }

    /** Reads the keys. */
    public static RequestChannelConfig from(AbstractConfig parsed) {
        long bytes = parsed.getLong(QUEUED_MAX_REQUEST_BYTES);
        return new RequestChannelConfig(
                parsed.getInt(QUEUED_MAX_REQUESTS),
                bytes > 0 ? bytes : Runtime.getRuntime().maxMemory() / 2,
                parsed.getInt(CONNECTION_MAX_INFLIGHT),
                parsed.getLong(CONNECTION_MAX_INFLIGHT_BYTES));
    }
}
