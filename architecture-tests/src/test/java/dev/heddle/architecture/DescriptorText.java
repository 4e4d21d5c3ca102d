package dev.heddle.architecture;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.util.Map;
import java.util.Set;

/** Writes what modules require and export as text: one that a person can review, and a test can compare. */
final class DescriptorText {

    private DescriptorText() {}

    static String of(Map<String, ModuleDescriptor> modules) {
        var text = new StringBuilder();
        modules.values().forEach(module -> append(text, module));
        return text.toString();
    }

    private static void append(StringBuilder text, ModuleDescriptor module) {
        text.append("module ").append(module.name()).append('\n');
        module.requires().stream()
                .filter(requires -> !requires.modifiers().contains(Requires.Modifier.MANDATED))
                .map(DescriptorText::line)
                .sorted()
                .forEach(line -> text.append("  requires ").append(line).append('\n'));
        module.exports().stream()
                .map(exports -> exports.source() + to(exports.targets()))
                .sorted()
                .forEach(line -> text.append("  exports ").append(line).append('\n'));
        module.opens().stream()
                .map(opens -> opens.source() + to(opens.targets()))
                .sorted()
                .forEach(line -> text.append("  opens ").append(line).append('\n'));
    }

    private static String line(Requires requires) {
        boolean transitive = requires.modifiers().contains(Requires.Modifier.TRANSITIVE);
        boolean statics = requires.modifiers().contains(Requires.Modifier.STATIC);
        return requires.name() + (statics ? " (static)" : "") + (transitive ? " (transitive)" : "");
    }

    private static String to(Set<String> targets) {
        return targets.isEmpty()
                ? ""
                : " to " + String.join(", ", targets.stream().sorted().toList());
    }
}
