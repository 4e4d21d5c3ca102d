package dev.heddle.handlers;

import java.util.List;

/** Makes the handlers of the authorizer's own rules. Called once, by the thread that starts the broker. */
final class AclHandlers {

    private AclHandlers() {}

    static List<ApiHandler> of(Permissions permissions) {
        return List.of(
                new DescribeAclsHandler(permissions),
                new CreateAclsHandler(permissions),
                new DeleteAclsHandler(permissions));
    }
}
