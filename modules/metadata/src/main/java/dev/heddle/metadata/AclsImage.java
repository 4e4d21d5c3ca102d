package dev.heddle.metadata;

import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclBinding;

/**
 * The access control lists. Immutable: any thread may read it.
 *
 * @param acls every binding by its id; read-only
 */
public record AclsImage(Map<Uuid, AclBinding> acls) {

    static final AclsImage EMPTY = new AclsImage(Map.of());
}
