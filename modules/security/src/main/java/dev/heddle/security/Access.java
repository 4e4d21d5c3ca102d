package dev.heddle.security;

import java.util.Collection;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourceType;

/**
 * What the sender of one request may do. Belongs to the request's thread, which waits here as long as the authorizer
 * takes; meanwhile the request's place is lent to others.
 *
 * <p>Where there is no authorizer it is {@link #UNRESTRICTED}: everything is allowed, nothing is asked and nothing
 * allocated. What an authorizer throws comes out of these methods as it is.
 */
public sealed interface Access permits Unrestricted, AskedAccess {

    /** Everything is allowed. */
    Access UNRESTRICTED = new Unrestricted();

    /** Whether everything is allowed, for there is no authorizer. */
    boolean isUnrestricted();

    /** Whether an operation is allowed on one resource. */
    boolean allows(AclOperation operation, ResourceType type, String name, Logged logged);

    /** Whether an operation is allowed on one resource that the client named. */
    default boolean allows(AclOperation operation, ResourceType type, String name) {
        return allows(operation, type, name, Logged.ALWAYS);
    }

    /** Whether an operation is allowed on the cluster. */
    default boolean allowsOnCluster(AclOperation operation) {
        return allows(operation, ResourceType.CLUSTER, Resource.CLUSTER_NAME, Logged.ALWAYS);
    }

    /** The same, where another permission would do as well. */
    default boolean allowsOnCluster(AclOperation operation, Logged logged) {
        return allows(operation, ResourceType.CLUSTER, Resource.CLUSTER_NAME, logged);
    }

    /** @throws ClusterAuthorizationException if an operation is not allowed on the cluster */
    default void requireOnCluster(AclOperation operation) {
        if (!allowsOnCluster(operation))
            throw new ClusterAuthorizationException("The request needs " + operation + " permission.");
    }

    /** Whether an operation is allowed on some resource of that type, whichever (KIP-679). */
    boolean allowsSomewhere(AclOperation operation, ResourceType type);

    /**
     * Asks for many resources at once; each name is asked for once, however often it occurs.
     *
     * @param nameOf the name of the resource that a thing needs
     * @return tells of each name among the things' whether the operation is allowed on it
     */
    <T> Predicate<String> allowed(
            AclOperation operation, ResourceType type, Collection<T> things, Function<T, String> nameOf, Logged logged);

    /** The same for resources that the client named. */
    default <T> Predicate<String> allowed(
            AclOperation operation, ResourceType type, Collection<T> things, Function<T, String> nameOf) {
        return allowed(operation, type, things, nameOf, Logged.ALWAYS);
    }

    /** The same for names. */
    default Predicate<String> allowed(AclOperation operation, ResourceType type, Collection<String> names) {
        return allowed(operation, type, names, name -> name, Logged.ALWAYS);
    }

    /** Every operation that is allowed on a resource, as the bit field of KIP-430. */
    int operations(ResourceType type, String name);
}
