package dev.heddle.coordinator.share;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** A member of a share group. Immutable. */
public record ShareMember(String id, Profile profile, Current current) {

    /** What a member's epoch is when it has left. */
    private static final int LEFT = -1;

    /** Who it is and what it wants to read. */
    public record Profile(@Nullable String rackId, String clientId, String clientHost, Set<String> topics) {

        static final Profile UNKNOWN = new Profile(null, "", "", Set.of());
    }

    /**
     * Where it is. A share group's member has what it is to have at once: nobody has to give anything up before.
     *
     * @param epoch of the target assignment that it has
     * @param previousEpoch the one before
     */
    public record Current(int epoch, int previousEpoch, Map<Uuid, Set<Integer>> assigned) {

        static final Current JOINING = new Current(0, -1, Map.of());
        static final Current GONE = new Current(LEFT, LEFT, Map.of());

        /**
         * The next step towards a target assignment.
         *
         * @param targetEpoch the target's epoch
         * @param wanted what it is to have, of topics that it subscribes to
         */
        public Current next(int targetEpoch, Map<Uuid, Set<Integer>> wanted) {
            return targetEpoch == epoch
                    ? new Current(epoch, previousEpoch, wanted)
                    : new Current(targetEpoch, epoch, wanted);
        }
    }

    /** A member that the group does not know yet. */
    public static ShareMember joining(String id) {
        return new ShareMember(id, Profile.UNKNOWN, Current.JOINING);
    }

    public ShareMember with(Profile newProfile) {
        return new ShareMember(id, newProfile, current);
    }

    public ShareMember with(Current newCurrent) {
        return new ShareMember(id, profile, newCurrent);
    }

    public int epoch() {
        return current.epoch();
    }
}
