package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FeatureControlTest {

    private static final FeatureControl CONTROL =
            new FeatureControl((short) 0, Map.of("min.insync.replicas", "3", "log.retention.ms", "7"));

    private final Fixture fixture = Fixture.running();

    private static FeatureUpdateKey update(String feature, int level, UpgradeType type) {
        return new FeatureUpdateKey()
                .setFeature(feature)
                .setMaxVersionLevel((short) level)
                .setUpgradeType(type.code());
    }

    private static FeatureUpdateKey raised(String feature, int level) {
        return update(feature, level, UpgradeType.UPGRADE);
    }

    private static FeatureUpdateKey lowered(String feature, int level) {
        return update(feature, level, UpgradeType.SAFE_DOWNGRADE);
    }

    private static UpdateFeaturesRequestData request(FeatureUpdateKey... updates) {
        var request = new UpdateFeaturesRequestData();
        for (FeatureUpdateKey update : updates) request.featureUpdates().mustAdd(update);
        return request;
    }

    /** The metadata of a cluster that was formatted at some metadata.version, with nothing else switched on. */
    private static MetadataImage at(int metadataVersion, ConfigRecord... configs) {
        var delta = new MetadataDelta(MetadataImage.EMPTY);
        delta.replay(ImageRecords.feature(MetadataVersion.FEATURE_NAME, (short) metadataVersion)
                .record());
        for (ConfigRecord config : configs) delta.replay(config);
        return delta.apply(1, 1, 1);
    }

    private static MetadataImage updated(MetadataImage image, FeatureUpdateKey... updates) {
        var delta = new MetadataDelta(image);
        CONTROL.update(image, request(updates)).records().forEach(versioned -> delta.replay(versioned.record()));
        return delta.apply(2, 1, 2);
    }

    private static void assertRefused(MetadataImage image, FeatureUpdateKey... updates) {
        var refusal = assertThrows(AnswerException.class, () -> CONTROL.update(image, request(updates)));
        assertEquals(Errors.INVALID_UPDATE_VERSION, refusal.error());
        String feature = updates[updates.length - 1].feature();
        assertTrue(refusal.getMessage().contains(feature), refusal::getMessage);
    }

    @Test
    void levels_are_lowered_and_raised_for_good() {
        fixture.controller.updateFeatures(request(lowered(Features.STREAMS, 0), lowered(Features.TRANSACTION, 1)));
        assertEquals(0, fixture.image().features().level(Features.STREAMS));
        assertEquals(1, fixture.image().features().level(Features.TRANSACTION));
        Fixture next = fixture.restarted(Map.of());
        next.controller.start();
        assertEquals(0, next.image().features().level(Features.STREAMS));
        next.controller.updateFeatures(request(raised(Features.STREAMS, 1)));
        assertEquals(1, next.image().features().level(Features.STREAMS));
    }

    @Test
    void a_request_that_only_asks_writes_nothing() {
        long offset = fixture.image().offset();
        fixture.controller.updateFeatures(request(lowered(Features.STREAMS, 0)).setValidateOnly(true));
        assertEquals(offset, fixture.image().offset());
    }

    @Test
    void what_is_so_already_writes_nothing() {
        long offset = fixture.image().offset();
        fixture.controller.updateFeatures(request(raised(Features.STREAMS, 1), raised(Features.KRAFT, 0)));
        assertEquals(offset, fixture.image().offset());
    }

    @Test
    void each_feature_is_answered() {
        var response = CONTROL.update(at(25), request(raised(Features.GROUP, 1), raised(Features.SHARE, 0)))
                .response();
        assertEquals(
                List.of(Features.GROUP, Features.SHARE),
                response.results().stream().map(result -> result.feature()).toList());
        assertTrue(response.results().stream().allMatch(result -> result.errorCode() == Errors.NONE.code()));
    }

    @Test
    void one_that_is_refused_refuses_all() {
        long offset = fixture.image().offset();
        assertThrows(
                AnswerException.class,
                () -> fixture.controller.updateFeatures(
                        request(lowered(Features.STREAMS, 0), raised("no.such.feature", 1))));
        assertEquals(offset, fixture.image().offset());
    }

    @Test
    void a_level_must_be_one_that_is_supported() {
        assertRefused(at(30), raised(Features.GROUP, 2));
        assertRefused(at(30), lowered(Features.GROUP, -1));
        assertRefused(at(30), raised("no.such.feature", 1));
        assertRefused(at(30), lowered("no.such.feature", 0));
        assertRefused(at(30), raised(MetadataVersion.FEATURE_NAME, 31));
        assertRefused(at(7), lowered(MetadataVersion.FEATURE_NAME, 6));
    }

    @Test
    void what_is_lowered_is_said_to_be() {
        MetadataImage image = updated(at(30), raised(Features.TRANSACTION, 2));
        assertRefused(image, raised(Features.TRANSACTION, 1));
        assertRefused(image, update(Features.TRANSACTION, 1, UpgradeType.UNKNOWN));
        assertRefused(at(30), lowered(Features.TRANSACTION, 1));
        assertEquals(
                1, updated(image, lowered(Features.TRANSACTION, 1)).features().level(Features.TRANSACTION));
        var unsafe = update(Features.TRANSACTION, 0, UpgradeType.UNSAFE_DOWNGRADE);
        assertEquals(0, updated(image, unsafe).features().level(Features.TRANSACTION));
    }

    @Test
    void the_oldest_version_allows_downgrades_in_its_own_way() {
        MetadataImage image = updated(at(30), raised(Features.TRANSACTION, 1));
        assertEquals(
                0,
                updated(image, raised(Features.TRANSACTION, 0).setAllowDowngrade(true))
                        .features()
                        .level(Features.TRANSACTION));
        assertEquals(
                2,
                updated(image, raised(Features.TRANSACTION, 2).setAllowDowngrade(true))
                        .features()
                        .level(Features.TRANSACTION));
    }

    /** The levels that added something, as Apache Kafka 4.3 tells them in its own table. */
    @ParameterizedTest
    @CsvSource({"7, 8", "8, 11", "11, 13", "13, 14", "14, 15", "15, 17", "17, 23", "23, 30"})
    void the_metadata_version_goes_back_as_far_as_nothing_can_be_lost(int since, int next) {
        IntStream.range(since, next)
                .forEach(from -> IntStream.range(since, from)
                        .forEach(to -> assertEquals(
                                to,
                                updated(at(from), lowered(MetadataVersion.FEATURE_NAME, to))
                                        .features()
                                        .metadataVersion())));
        assertRefused(at(next), lowered(MetadataVersion.FEATURE_NAME, next - 1));
        assertRefused(at(next), update(MetadataVersion.FEATURE_NAME, next - 1, UpgradeType.UNSAFE_DOWNGRADE));
    }

    @Test
    void the_quorums_version_stays() {
        assertRefused(at(30), raised(Features.KRAFT, 1));
    }

    @Test
    void eligible_leader_replicas_need_a_metadata_version_that_knows_them() {
        assertRefused(at(22), raised(Features.ELIGIBLE_LEADER_REPLICAS, 1));
        MetadataImage together =
                updated(at(22), raised(Features.ELIGIBLE_LEADER_REPLICAS, 1), raised(MetadataVersion.FEATURE_NAME, 23));
        assertEquals(1, together.features().level(Features.ELIGIBLE_LEADER_REPLICAS));
    }

    @Test
    void with_eligible_leader_replicas_min_insync_replicas_is_the_clusters() {
        MetadataImage image = at(23, minInSync("4", "2"), minInSync("5", "1"), config("5", "log.retention.ms", "9"));
        MetadataImage after = updated(image, raised(Features.ELIGIBLE_LEADER_REPLICAS, 1));
        assertEquals(Map.of("min.insync.replicas", "3"), configs(after, ""));
        assertEquals(Map.of(), configs(after, "4"));
        assertEquals(Map.of("log.retention.ms", "9"), configs(after, "5"));
        MetadataImage known = updated(at(23, minInSync("", "2")), raised(Features.ELIGIBLE_LEADER_REPLICAS, 1));
        assertEquals(Map.of("min.insync.replicas", "2"), configs(known, ""));
    }

    private static Map<String, String> configs(MetadataImage image, String broker) {
        return image.configs().of(new ConfigResource(Type.BROKER, broker));
    }

    private static ConfigRecord minInSync(String broker, String value) {
        return config(broker, "min.insync.replicas", value);
    }

    private static ConfigRecord config(String broker, String name, String value) {
        return new ConfigRecord()
                .setResourceType(Type.BROKER.id())
                .setResourceName(broker)
                .setName(name)
                .setValue(value);
    }
}
