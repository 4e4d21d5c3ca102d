package dev.heddle.handlers;

import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.feature.SupportedVersionRange;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.jspecify.annotations.Nullable;

/**
 * ApiVersions: which APIs there are, in which versions, and (KIP-584) which features. Any thread may call it; it never
 * waits.
 */
final class ApiVersionsHandler implements ApiHandler {

    /** From this version on clients say who they are (KIP-511). */
    private static final short CLIENT_INFORMATION_VERSION = 3;

    /** Clients of earlier versions cannot read a feature whose lowest level is 0. */
    private static final short FEATURE_LEVEL_0_VERSION = 4;

    private final BrokerIdentity self;
    private final MetadataCache metadata;
    private final Supplier<HandlerTable> table;

    /** What the last answer was made of: clients ask far more often than the cluster's metadata changes. Any may replace it. */
    private volatile @Nullable Prepared prepared;

    /**
     * The parts of all answers while the metadata are the same. Nobody changes them.
     *
     * @param image of which they are made
     * @param earlier for versions before {@link #FEATURE_LEVEL_0_VERSION}
     * @param later for the others
     */
    private record Prepared(MetadataImage image, ApiVersionsResponseData earlier, ApiVersionsResponseData later) {}

    /** @param table the table that this handler itself is in, once it is there */
    ApiVersionsHandler(BrokerIdentity self, MetadataCache metadata, Supplier<HandlerTable> table) {
        this.self = self;
        this.metadata = metadata;
        this.table = table;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.API_VERSIONS;
    }

    @Override
    public boolean mayWait(Request request) {
        return false;
    }

    @Override
    public ApiVersionsResponse handle(Request request, Access access) {
        return answer(request.body(), request.connection());
    }

    ApiVersionsResponse answer(ApiVersionsRequest request, ConnectionInfo client) {
        if (request.hasUnsupportedRequestVersion()) {
            return request.getErrorResponse(0, Errors.UNSUPPORTED_VERSION.exception());
        }
        if (!request.isValid()) return request.getErrorResponse(0, Errors.INVALID_REQUEST.exception());
        if (request.version() >= CLIENT_INFORMATION_VERSION) {
            ApiVersionsRequestData data = request.data();
            client.clientInformation(new ClientInformation(data.clientSoftwareName(), data.clientSoftwareVersion()));
        }
        Prepared parts = prepared();
        return withParts(request.version() < FEATURE_LEVEL_0_VERSION ? parts.earlier : parts.later);
    }

    private Prepared prepared() {
        MetadataImage image = metadata.image();
        Prepared known = prepared;
        if (known == null || known.image != image) {
            known = new Prepared(image, prepare(image, true), prepare(image, false));
            prepared = known;
        }
        return known;
    }

    private ApiVersionsResponseData prepare(MetadataImage image, boolean withoutFeatureLevel0) {
        return new ApiVersionsResponse.Builder()
                .setApiVersions(ApiVersionsResponse.collectApis(
                        ListenerType.BROKER, table.get().apis(), false))
                .setSupportedFeatures(supportedFeatures(image))
                .setFinalizedFeatures(image.features().all(metadata.kraftVersion()))
                .setFinalizedFeaturesEpoch(image.offset())
                .setAlterFeatureLevel0(withoutFeatureLevel0)
                .build()
                .data();
    }

    /** An answer of its own, whose throttle time may be set. */
    private static ApiVersionsResponse withParts(ApiVersionsResponseData parts) {
        return new ApiVersionsResponse(new ApiVersionsResponseData()
                .setApiKeys(parts.apiKeys())
                .setSupportedFeatures(parts.supportedFeatures())
                .setFinalizedFeatures(parts.finalizedFeatures())
                .setFinalizedFeaturesEpoch(parts.finalizedFeaturesEpoch()));
    }

    /** What this broker registered with. */
    private Features<SupportedVersionRange> supportedFeatures(MetadataImage image) {
        BrokerImage broker = image.cluster().broker(self.id());
        if (broker == null) return Features.emptySupportedFeatures();
        Map<String, SupportedVersionRange> ranges = new HashMap<>();
        broker.features()
                .forEach((name, range) -> ranges.put(name, new SupportedVersionRange(range.min(), range.max())));
        return Features.supportedFeatures(ranges);
    }
}
