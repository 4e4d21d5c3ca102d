package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;

class ApiVersionsHandlerTest {

    private static final ConnectionInfo CLIENT = FakeConnection.info(FakeConnection.LISTENER);

    private final TestMetadata metadata = TestMetadata.withOneBroker();
    private final Set<ApiKeys> offered = EnumSet.of(ApiKeys.PRODUCE, ApiKeys.FETCH, ApiKeys.API_VERSIONS);

    private final ApiVersionsHandler handler =
            new ApiVersionsHandler(TestMetadata.IDENTITY, metadata.cache, () -> new HandlerTable(tableOf(offered)));

    private static List<ApiHandler> tableOf(Set<ApiKeys> keys) {
        return keys.stream()
                .<ApiHandler>map(key -> new ApiHandler() {
                    @Override
                    public ApiKeys apiKey() {
                        return key;
                    }

                    @Override
                    public AbstractResponse handle(Request request, Access access) {
                        throw new AssertionError("not called");
                    }
                })
                .toList();
    }

    private static ApiVersionsRequest request(int version) {
        return new ApiVersionsRequest.Builder((short) version).build((short) version);
    }

    @Test
    void advertisesExactlyTheTableInTheVersionsOfApacheKafka() {
        var keys = handler.answer(request(4), CLIENT).data().apiKeys();
        assertEquals(offered.size(), keys.size());
        for (ApiKeys key : offered) {
            ApiVersion kafkas =
                    key.toApiVersionForApiResponse(false, ListenerType.BROKER).orElseThrow();
            assertEquals(kafkas, keys.find(key.id));
        }
        assertEquals(0, keys.find(ApiKeys.PRODUCE.id).minVersion()); // librdkafka insists
    }

    @Test
    void tellsTheFeaturesThatTheBrokerSupportsAndThoseInForce() {
        metadata.feature("group.version", 1);
        var data = handler.answer(request(4), CLIENT).data();
        assertEquals(7, data.supportedFeatures().find("metadata.version").minVersion());
        assertEquals(30, data.supportedFeatures().find("metadata.version").maxVersion());
        assertEquals(1, data.supportedFeatures().find("group.version").maxVersion());
        assertEquals(30, data.finalizedFeatures().find("metadata.version").maxVersionLevel());
        assertEquals(1, data.finalizedFeatures().find("group.version").maxVersionLevel());
        assertEquals(metadata.image().offset(), data.finalizedFeaturesEpoch());
    }

    @Test
    void answersAnewWhenTheMetadataHaveChanged() {
        assertNull(handler.answer(request(4), CLIENT).data().finalizedFeatures().find("group.version"));
        metadata.feature("group.version", 1);
        var data = handler.answer(request(4), CLIENT).data();
        assertEquals(1, data.finalizedFeatures().find("group.version").maxVersionLevel());
        assertEquals(metadata.image().offset(), data.finalizedFeaturesEpoch());
    }

    @Test
    void tellsOfTheQuorumsOwnVersionWhereItIsNotTheFirst() {
        assertNull(handler.answer(request(4), CLIENT).data().finalizedFeatures().find("kraft.version"));
        metadata.cache.publishKraftVersion((short) 1);
        metadata.feature("group.version", 1);
        var features = handler.answer(request(4), CLIENT).data().finalizedFeatures();
        assertEquals(1, features.find("kraft.version").maxVersionLevel());
    }

    @Test
    void throttlesOneClientAndNoOther() {
        handler.answer(request(4), CLIENT).maybeSetThrottleTimeMs(100);
        assertEquals(0, handler.answer(request(4), CLIENT).throttleTimeMs());
    }

    @Test
    void hidesFeaturesFromLevel0OnFromClientsThatCannotReadThem() {
        var features = handler.answer(request(3), CLIENT).data().supportedFeatures();
        assertNull(features.find("group.version"));
        assertNotNull(features.find("metadata.version"));
    }

    @Test
    void answersAnUnknownVersionInVersion0WithTheVersionsThatThereAre() throws InterruptedException {
        var runner = new RequestRunner(new HandlerTable(List.of(handler)), stop -> {});
        var connection = new FakeConnection(FakeConnection.plane(request -> request.handle(runner)));
        // As a client of the future: a header that can be read, and whatever behind it.
        var header = new RequestHeader(ApiKeys.API_VERSIONS, (short) 4, "c", 1);
        ByteBuffer bytes = request(4).serializeWithHeader(header);
        bytes.putShort(2, (short) 77);
        connection.send(bytes);
        ApiVersionsResponse response = FakeConnection.decode(connection.awaitAnswered());
        assertEquals(Errors.UNSUPPORTED_VERSION.code(), response.data().errorCode());
        ApiVersion known = response.apiVersion(ApiKeys.API_VERSIONS.id);
        assertEquals(ApiKeys.API_VERSIONS.latestVersion(), known.maxVersion());
    }

    @Test
    void remembersWhichLibraryTheClientUses() {
        ConnectionInfo client = FakeConnection.info(FakeConnection.LISTENER);
        var data =
                new ApiVersionsRequestData().setClientSoftwareName("librdkafka").setClientSoftwareVersion("2.3.0");
        handler.answer(new ApiVersionsRequest(data, (short) 2), client);
        assertEquals(ClientInformation.EMPTY, client.clientInformation());
        handler.answer(new ApiVersionsRequest(data, (short) 3), client);
        assertEquals(new ClientInformation("librdkafka", "2.3.0"), client.clientInformation());
    }

    @Test
    void refusesALibraryWhoseNameOrVersionIsNone() {
        ConnectionInfo client = FakeConnection.info(FakeConnection.LISTENER);
        for (String[] wrong : new String[][] {{"", "1"}, {"a b", "1"}, {"a", "-1"}, {"a", ""}}) {
            var data =
                    new ApiVersionsRequestData().setClientSoftwareName(wrong[0]).setClientSoftwareVersion(wrong[1]);
            var response = handler.answer(new ApiVersionsRequest(data, (short) 3), client);
            assertEquals(Errors.INVALID_REQUEST.code(), response.data().errorCode(), Arrays.toString(wrong));
        }
        assertEquals(ClientInformation.EMPTY, client.clientInformation());
    }
}
