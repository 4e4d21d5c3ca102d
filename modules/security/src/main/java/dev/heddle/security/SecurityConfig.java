package dev.heddle.security;

import java.util.List;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;

/**
 * Who decides what clients may do. Immutable, so any thread may read it.
 *
 * @param authorizerClassName the authorizer's class; empty if there is none
 * @param earlyStartListeners listeners that the authorizer may itself need while it starts
 * @param identifiesByPlugin whether a plugin says who clients are
 */
public record SecurityConfig(String authorizerClassName, List<String> earlyStartListeners, boolean identifiesByPlugin) {

    public static final String AUTHORIZER_CLASS_NAME = "authorizer.class.name";
    public static final String EARLY_START_LISTENERS = "early.start.listeners";
    public static final String PRINCIPAL_BUILDER_CLASS = BrokerSecurityConfigs.PRINCIPAL_BUILDER_CLASS_CONFIG;

    /** Declares this module's keys. */
    public static ConfigDef define(ConfigDef def) {
        return def.define(
                        AUTHORIZER_CLASS_NAME,
                        Type.STRING,
                        "",
                        new ConfigDef.NonNullValidator(),
                        Importance.LOW,
                        "The class that decides what clients may do, an org.apache.kafka.server.authorizer.Authorizer in a"
                                + " jar of HEDDLE_CLASSPATH. Empty: everybody may do everything.")
                .define(
                        EARLY_START_LISTENERS,
                        Type.LIST,
                        null,
                        ConfigDef.ValidList.anyNonDuplicateValues(true, true),
                        Importance.HIGH,
                        "Listeners that may begin to work before the authorizer has finished its start, because it"
                                + " needs them for that. The authorizer is told of them. None of them should be open to"
                                + " clients.")
                .define(
                        PRINCIPAL_BUILDER_CLASS,
                        Type.CLASS,
                        DefaultKafkaPrincipalBuilder.class,
                        Importance.MEDIUM,
                        "The class that says who a client is, an"
                                + " org.apache.kafka.common.security.auth.KafkaPrincipalBuilder in a jar of"
                                + " HEDDLE_CLASSPATH. By default a client that has not authenticated itself is"
                                + " User:ANONYMOUS.");
    }

    /** How many carriers of virtual threads the plugins hold at worst, each as many as it may. */
    public int carriersHeldAtWorst() {
        if (!PluginCalls.waitsMayPin()) return 0;
        int plugins = (authorizerClassName.isEmpty() ? 0 : 1) + (identifiesByPlugin ? 1 : 0);
        return plugins * PluginCalls.MAX_PINNED;
    }

    /** Reads this module's keys. */
    public static SecurityConfig from(AbstractConfig parsed) {
        List<String> early = parsed.getList(EARLY_START_LISTENERS);
        return new SecurityConfig(
                parsed.getString(AUTHORIZER_CLASS_NAME).strip(),
                early == null ? List.of() : List.copyOf(early),
                parsed.getClass(PRINCIPAL_BUILDER_CLASS) != DefaultKafkaPrincipalBuilder.class);
    }
}
