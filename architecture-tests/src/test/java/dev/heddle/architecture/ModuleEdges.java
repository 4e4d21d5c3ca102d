package dev.heddle.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.Map;
import java.util.Set;

/** Which module may use which: the table of the design, with {@code common} below everything (ADR 1). */
final class ModuleEdges {

    /** What each module may use, besides {@code common} and itself. */
    static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("common", Set.of()),
            Map.entry("schemas", Set.of()),
            Map.entry("log", Set.of()),
            Map.entry("metadata", Set.of("log", "schemas")),
            Map.entry("security", Set.of("metadata")),
            Map.entry("replication", Set.of("log", "metadata")),
            Map.entry("coordinator", Set.of("log", "replication", "metadata", "schemas")),
            Map.entry("requestchannel", Set.of()),
            Map.entry("network", Set.of("requestchannel")),
            Map.entry(
                    "handlers",
                    Set.of("log", "schemas", "metadata", "security", "replication", "coordinator", "requestchannel")),
            Map.entry(
                    "app",
                    Set.of(
                            "log",
                            "schemas",
                            "metadata",
                            "security",
                            "replication",
                            "coordinator",
                            "requestchannel",
                            "network",
                            "handlers")));

    private ModuleEdges() {}

    static ArchRule allowed(String root) {
        return ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(root + "..")
                .should(stayWithinTheirModules(root))
                .because(
                        "arrows of dependency point down and never back: a module can then be read, tested and replaced"
                                + " with nothing but those below it");
    }

    static boolean mayUse(String from, String to) {
        return from.equals(to)
                || to.equals("common")
                || ALLOWED.getOrDefault(from, Set.of()).contains(to);
    }

    private static ArchCondition<JavaClass> stayWithinTheirModules(String root) {
        return new ArchCondition<>("use only the modules below their own") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                String from = moduleOf(root, origin);
                if (!ALLOWED.containsKey(from)) {
                    events.add(SimpleConditionEvent.violated(origin, origin.getName() + " is in no known module"));
                }
                origin.getDirectDependenciesFromSelf().forEach(dependency -> {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (!target.getPackageName().startsWith(root + ".")) return;
                    String to = moduleOf(root, target);
                    if (!mayUse(from, to)) {
                        events.add(SimpleConditionEvent.violated(
                                dependency, from + " may not use " + to + ": " + dependency.getDescription()));
                    }
                });
            }
        };
    }

    private static String moduleOf(String root, JavaClass type) {
        String rest = type.getPackageName()
                .substring(Math.min(root.length() + 1, type.getPackageName().length()));
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
