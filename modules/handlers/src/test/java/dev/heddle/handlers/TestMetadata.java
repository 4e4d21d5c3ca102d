package dev.heddle.handlers;

import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.FenceBrokerRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerFeature;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerFeatureCollection;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** Real metadata images, made by replaying records as the broker itself does. */
final class TestMetadata {

    static final int SELF = 1;
    static final BrokerIdentity IDENTITY = new BrokerIdentity(SELF, "the-cluster", false);
    static final Uuid DIRECTORY = new Uuid(1, 1000);

    final MetadataCache cache = new MetadataCache();
    private long offset;

    /** With one broker, {@link #SELF}, that is alive. */
    static TestMetadata withOneBroker() {
        return new TestMetadata()
                .feature("metadata.version", 30)
                .broker(SELF, FakeConnection.LISTENER, "broker1.example", 9092);
    }

    TestMetadata replay(ApiMessage... records) {
        var delta = new MetadataDelta(cache.image());
        for (ApiMessage record : records) delta.replay(record);
        cache.publish(delta.apply(offset++, 1, 0));
        return this;
    }

    MetadataImage image() {
        return cache.image();
    }

    TestMetadata feature(String name, int level) {
        return replay(new FeatureLevelRecord().setName(name).setFeatureLevel((short) level));
    }

    TestMetadata broker(int id, String listener, String host, int port) {
        var endpoints = new BrokerEndpointCollection();
        endpoints.add(new BrokerEndpoint()
                .setName(listener)
                .setHost(host)
                .setPort(port)
                .setSecurityProtocol(SecurityProtocol.PLAINTEXT.id));
        var features = new BrokerFeatureCollection();
        features.add(new BrokerFeature()
                .setName("metadata.version")
                .setMinSupportedVersion((short) 7)
                .setMaxSupportedVersion((short) 30));
        features.add(new BrokerFeature()
                .setName("group.version")
                .setMinSupportedVersion((short) 0)
                .setMaxSupportedVersion((short) 1));
        return replay(new RegisterBrokerRecord()
                .setBrokerId(id)
                .setBrokerEpoch(id)
                .setIncarnationId(Uuid.randomUuid())
                .setEndPoints(endpoints)
                .setFeatures(features)
                .setRack("rack" + id)
                .setFenced(false)
                .setLogDirs(List.of(DIRECTORY)));
    }

    TestMetadata fence(int id) {
        return replay(new FenceBrokerRecord().setId(id).setEpoch(id));
    }

    /** A topic whose partitions all have these replicas, the first of which leads. */
    TestMetadata topic(String name, int partitions, Integer... replicas) {
        Uuid id = idOf(name);
        replay(new TopicRecord().setName(name).setTopicId(id));
        for (int i = 0; i < partitions; i++) replay(partition(id, i, List.of(replicas)));
        return this;
    }

    static PartitionRecord partition(Uuid topic, int partition, List<Integer> replicas) {
        return new PartitionRecord()
                .setTopicId(topic)
                .setPartitionId(partition)
                .setReplicas(replicas)
                .setIsr(replicas)
                .setLeader(replicas.get(0))
                .setLeaderEpoch(5)
                .setPartitionEpoch(6)
                .setDirectories(IntStream.range(0, replicas.size())
                        .mapToObj(i -> DIRECTORY)
                        .toList());
    }

    /** The id that {@link #topic} gives. */
    static Uuid idOf(String topic) {
        return new Uuid(7, 1_000_000 + topic.hashCode());
    }

    TestMetadata config(ConfigResource.Type type, String name, String key, String value) {
        return replay(new ConfigRecord()
                .setResourceType(type.id())
                .setResourceName(name)
                .setName(key)
                .setValue(value));
    }
}
