package dev.heddle.handlers;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * What fetches are bounded by. Immutable: any thread may read it.
 *
 * @param maxBytes most bytes of records in one response, unless its first batch alone is larger
 * @param sessionCacheSlots most fetch sessions that are remembered
 */
public record FetchConfig(int maxBytes, int sessionCacheSlots) {

    private static final String MAX_BYTES = "fetch.max.bytes";
    private static final String SESSION_CACHE_SLOTS = "max.incremental.fetch.session.cache.slots";

    /** Adds the keys of fetching. */
    public static ConfigDef define(ConfigDef def) {
        return def.define(
                        MAX_BYTES,
                        ConfigDef.Type.INT,
                        55 * 1024 * 1024,
                        atLeast(1024),
                        ConfigDef.Importance.MEDIUM,
                        "The most bytes of records that the answer to one fetch holds. A first batch that is larger is"
                                + " sent all the same, so that the consumer gets on.")
                .define(
                        SESSION_CACHE_SLOTS,
                        ConfigDef.Type.INT,
                        1000,
                        atLeast(0),
                        ConfigDef.Importance.MEDIUM,
                        "The most incremental fetch sessions (KIP-227) that are remembered, divided by 8 for each of the"
                                + " cache's 8 shards.");
    }

    /** Reads the keys of fetching out of the broker's configuration. */
    public static FetchConfig from(AbstractConfig parsed) {
        return new FetchConfig(parsed.getInt(MAX_BYTES), parsed.getInt(SESSION_CACHE_SLOTS));
    }
}
