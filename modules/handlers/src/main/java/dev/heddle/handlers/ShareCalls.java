package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** What every request of a share group's member must fulfil. Stateless; any thread may call it. */
final class ShareCalls {

    /** A member's id is a UUID as people read it, or shorter. */
    private static final int MAX_MEMBER_ID = 36;

    private ShareCalls() {}

    /**
     * Whose session the request is about.
     *
     * @throws AnswerException if the request is to be refused as a whole
     */
    static ShareSession.Key admit(
            MetadataImage image, Access access, @Nullable String groupId, @Nullable String memberId) {
        if (image.features().level(Features.SHARE) < 1) throw new AnswerException(Errors.UNSUPPORTED_VERSION);
        if (groupId == null) throw invalid("Invalid group id in the request.");
        if (!access.allows(AclOperation.READ, ResourceType.GROUP, groupId))
            throw new AnswerException(Errors.GROUP_AUTHORIZATION_FAILED);
        if (memberId == null || memberId.isEmpty() || memberId.length() > MAX_MEMBER_ID)
            throw invalid("Invalid member id in the request.");
        return new ShareSession.Key(groupId, memberId);
    }

    static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
