package dev.heddle.security;

import java.util.Collection;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;

/** Everything is allowed. Stateless, so any thread may call it. */
final class Unrestricted implements Access {

    private static final Predicate<String> EVERY_NAME = name -> true;

    Unrestricted() {}

    @Override
    public boolean isUnrestricted() {
        return true;
    }

    @Override
    public boolean allows(AclOperation operation, ResourceType type, String name, Logged logged) {
        return true;
    }

    @Override
    public boolean allowsSomewhere(AclOperation operation, ResourceType type) {
        return true;
    }

    @Override
    public <T> Predicate<String> allowed(
            AclOperation operation,
            ResourceType type,
            Collection<T> things,
            Function<T, String> nameOf,
            Logged logged) {
        return EVERY_NAME;
    }

    @Override
    public int operations(ResourceType type, String name) {
        return Operations.all(type);
    }
}
