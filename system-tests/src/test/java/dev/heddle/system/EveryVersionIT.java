package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every version of every advertised API, encoded by kafka-clients, gets a decodable and correct answer. */
class EveryVersionIT extends AgainstABroker {

    private RawConnection connection;

    @BeforeEach
    void connect() {
        connection = new RawConnection(broker.port());
    }

    @AfterEach
    void disconnect() {
        connection.close();
    }

    @Test
    void exactlyTheApisWithAScenarioAreAdvertisedWithKafkasVersions() {
        ApiVersionsResponse answer = connection.ask(
                ApiKeys.API_VERSIONS,
                (short) 4,
                new ApiVersionsRequestData().setClientSoftwareName("raw").setClientSoftwareVersion("1"));
        assertEquals(Errors.NONE.code(), answer.data().errorCode());
        var advertised = new TreeMap<ApiKeys, String>();
        for (ApiVersion version : answer.data().apiKeys()) {
            advertised.put(ApiKeys.forId(version.apiKey()), version.minVersion() + ".." + version.maxVersion());
        }
        var expected = new TreeMap<ApiKeys, String>();
        Scenarios.ALL.keySet().forEach(api -> expected.put(api, api.oldestVersion() + ".." + api.latestVersion(false)));
        // librdkafka wants to see the versions that it no longer may use.
        expected.put(ApiKeys.PRODUCE, "0.." + ApiKeys.PRODUCE.latestVersion(false));
        assertEquals(expected, advertised);
    }

    @ParameterizedTest(name = "{0} v{1}")
    @MethodSource("everyVersion")
    void isAnsweredCorrectly(ApiKeys api, short version) {
        Scenarios.ALL.get(api).run(new Scenarios.Setting(clients, connection, newTopic(), version));
    }

    static Stream<Arguments> everyVersion() {
        return Scenarios.ALL.keySet().stream()
                .sorted()
                .flatMap(api -> Stream.iterate(
                                (int) api.oldestVersion(), version -> version <= api.latestVersion(false), v -> v + 1)
                        .map(version -> Arguments.of(api, version.shortValue())));
    }

    @Test
    void aVersionOfApiVersionsThatIsTooNewIsAnsweredInTheOldest() {
        var header = RawConnection.encode(
                ApiKeys.API_VERSIONS,
                (short) 4,
                7,
                new ApiVersionsRequestData().setClientSoftwareName("raw").setClientSoftwareVersion("1"));
        header.putShort(2, (short) 99);
        connection.sendFrame(header);
        var answer = connection.readFrame();
        assertEquals(7, answer.getInt());
        ApiVersionsResponse response =
                ApiVersionsResponse.parse(new org.apache.kafka.common.protocol.ByteBufferAccessor(answer), (short) 0);
        assertEquals(Errors.UNSUPPORTED_VERSION.code(), response.data().errorCode());
        assertTrue(response.data().apiKeys().stream().anyMatch(v -> v.apiKey() == ApiKeys.API_VERSIONS.id));
    }
}
