package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HandlerTableTest {

    /** What the broker promises. An API that is added here and nowhere else fails this test, and the other way round. */
    private static final Set<ApiKeys> PROMISED = EnumSet.of(
            ApiKeys.API_VERSIONS,
            ApiKeys.METADATA,
            ApiKeys.PRODUCE,
            ApiKeys.FETCH,
            ApiKeys.SHARE_FETCH,
            ApiKeys.SHARE_ACKNOWLEDGE,
            ApiKeys.LIST_OFFSETS,
            ApiKeys.OFFSET_FOR_LEADER_EPOCH,
            ApiKeys.INIT_PRODUCER_ID,
            ApiKeys.ADD_PARTITIONS_TO_TXN,
            ApiKeys.ADD_OFFSETS_TO_TXN,
            ApiKeys.TXN_OFFSET_COMMIT,
            ApiKeys.END_TXN,
            ApiKeys.WRITE_TXN_MARKERS,
            ApiKeys.DESCRIBE_TRANSACTIONS,
            ApiKeys.LIST_TRANSACTIONS,
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.JOIN_GROUP,
            ApiKeys.SYNC_GROUP,
            ApiKeys.HEARTBEAT,
            ApiKeys.LEAVE_GROUP,
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            ApiKeys.CONSUMER_GROUP_DESCRIBE,
            ApiKeys.SHARE_GROUP_HEARTBEAT,
            ApiKeys.SHARE_GROUP_DESCRIBE,
            ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS,
            ApiKeys.ALTER_SHARE_GROUP_OFFSETS,
            ApiKeys.DELETE_SHARE_GROUP_OFFSETS,
            ApiKeys.INITIALIZE_SHARE_GROUP_STATE,
            ApiKeys.READ_SHARE_GROUP_STATE,
            ApiKeys.WRITE_SHARE_GROUP_STATE,
            ApiKeys.DELETE_SHARE_GROUP_STATE,
            ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY,
            ApiKeys.STREAMS_GROUP_HEARTBEAT,
            ApiKeys.STREAMS_GROUP_DESCRIBE,
            ApiKeys.OFFSET_COMMIT,
            ApiKeys.OFFSET_FETCH,
            ApiKeys.OFFSET_DELETE,
            ApiKeys.DESCRIBE_GROUPS,
            ApiKeys.LIST_GROUPS,
            ApiKeys.DELETE_GROUPS,
            ApiKeys.CREATE_TOPICS,
            ApiKeys.DELETE_TOPICS,
            ApiKeys.CREATE_PARTITIONS,
            ApiKeys.DELETE_RECORDS,
            ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
            ApiKeys.DESCRIBE_CLUSTER,
            ApiKeys.DESCRIBE_CONFIGS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.LIST_CONFIG_RESOURCES,
            ApiKeys.UPDATE_FEATURES,
            ApiKeys.DESCRIBE_LOG_DIRS,
            ApiKeys.ALTER_REPLICA_LOG_DIRS,
            ApiKeys.DESCRIBE_PRODUCERS,
            ApiKeys.DESCRIBE_ACLS,
            ApiKeys.CREATE_ACLS,
            ApiKeys.DELETE_ACLS);

    @Test
    void hasAHandlerForEveryApiThatIsPromisedAndAdvertisesExactlyThose(@TempDir Path directory) {
        try (WholeBroker broker = WholeBroker.start(directory)) {
            assertEquals(PROMISED, broker.table.apis());
            for (ApiKeys api : PROMISED) {
                ApiHandler handler = broker.table.find(api);
                assertEquals(api, handler == null ? null : handler.apiKey());
            }
            ApiVersionsResponse response = broker.connect().call(new ApiVersionsRequest.Builder().build());
            assertEquals(
                    PROMISED,
                    EnumSet.copyOf(response.data().apiKeys().stream()
                            .map(ApiVersion::apiKey)
                            .map(ApiKeys::forId)
                            .toList()));
        }
    }

    private record Stub(ApiKeys apiKey) implements ApiHandler {
        @Override
        public AbstractResponse handle(Request request, Access access) {
            throw new AssertionError("not called");
        }
    }

    @Test
    void refusesTwoHandlersOfOneApi() {
        List<ApiHandler> twice = List.of(new Stub(ApiKeys.FETCH), new Stub(ApiKeys.FETCH));
        assertThrows(IllegalArgumentException.class, () -> new HandlerTable(twice));
    }

    @Test
    void offersTheVersionsThatApacheKafkaOffers() {
        var table = new HandlerTable(List.of(new Stub(ApiKeys.PRODUCE)));
        assertTrue(table.offers(ApiKeys.PRODUCE, (short) 3));
        assertTrue(table.offers(ApiKeys.PRODUCE, ApiKeys.PRODUCE.latestVersion(false)));
        // Advertised from 0 on, because librdkafka insists, but not spoken.
        assertFalse(table.offers(ApiKeys.PRODUCE, (short) 2));
        assertFalse(table.offers(ApiKeys.PRODUCE, (short) (ApiKeys.PRODUCE.latestVersion(false) + 1)));
        assertFalse(table.offers(ApiKeys.FETCH, (short) 12));
    }
}
