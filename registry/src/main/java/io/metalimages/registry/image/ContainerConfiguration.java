package io.metalimages.registry.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How a container of an image is started: the member {@code config} of its configuration, with Docker's extensions. What an
 * image does not say is empty. Immutable.
 *
 * @param user {@code user[:group]}, by name or number
 * @param exposedPorts {@code port/protocol}
 * @param environment in the order in which it was set
 * @param commandEscaped Docker's {@code ArgsEscaped}, which means something on Windows only
 * @param onBuild the text of each instruction that is left to the builds that start from this image
 * @param shell what the shell form is run by
 */
public record ContainerConfiguration(
        String user,
        SortedSet<String> exposedPorts,
        Map<String, String> environment,
        List<String> entrypoint,
        List<String> command,
        SortedSet<String> volumes,
        String workingDirectory,
        SortedMap<String, String> labels,
        String stopSignal,
        boolean commandEscaped,
        Optional<HealthCheck> healthCheck,
        List<String> onBuild,
        List<String> shell) {

    public static final ContainerConfiguration EMPTY = new ContainerConfiguration(
            "",
            new TreeSet<>(),
            Map.of(),
            List.of(),
            List.of(),
            new TreeSet<>(),
            "",
            new TreeMap<>(),
            "",
            false,
            Optional.empty(),
            List.of(),
            List.of());

    public ContainerConfiguration {
        exposedPorts = Collections.unmodifiableSortedSet(new TreeSet<>(exposedPorts));
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        volumes = Collections.unmodifiableSortedSet(new TreeSet<>(volumes));
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        onBuild = List.copyOf(onBuild);
        shell = List.copyOf(shell);
    }

    /** A builder that begins with all that is said here. */
    public Builder edit() {
        return new Builder(this);
    }

    /** Changes what it began with. */
    public static final class Builder {

        private final SortedSet<String> exposedPorts;
        private final Map<String, String> environment;
        private final SortedSet<String> volumes;
        private final SortedMap<String, String> labels;
        private String user;
        private List<String> entrypoint;
        private List<String> command;
        private String workingDirectory;
        private String stopSignal;
        private boolean commandEscaped;
        private Optional<HealthCheck> healthCheck;
        private List<String> onBuild;
        private List<String> shell;

        private Builder(ContainerConfiguration start) {
            user = start.user;
            exposedPorts = new TreeSet<>(start.exposedPorts);
            environment = new LinkedHashMap<>(start.environment);
            entrypoint = start.entrypoint;
            command = start.command;
            volumes = new TreeSet<>(start.volumes);
            workingDirectory = start.workingDirectory;
            labels = new TreeMap<>(start.labels);
            stopSignal = start.stopSignal;
            commandEscaped = start.commandEscaped;
            healthCheck = start.healthCheck;
            onBuild = start.onBuild;
            shell = start.shell;
        }

        public Builder user(String name) {
            user = name;
            return this;
        }

        public Builder exposePorts(SortedSet<String> further) {
            exposedPorts.addAll(further);
            return this;
        }

        /** A variable that is set already keeps its place. */
        public Builder setEnvironment(Map<String, String> further) {
            environment.putAll(further);
            return this;
        }

        public Builder entrypoint(List<String> arguments) {
            entrypoint = arguments;
            return this;
        }

        public Builder command(List<String> arguments) {
            command = arguments;
            return this;
        }

        public Builder addVolumes(List<String> further) {
            volumes.addAll(further);
            return this;
        }

        public Builder workingDirectory(String path) {
            workingDirectory = path;
            return this;
        }

        public Builder setLabels(Map<String, String> further) {
            labels.putAll(further);
            return this;
        }

        public Builder stopSignal(String signal) {
            stopSignal = signal;
            return this;
        }

        public Builder commandEscaped(boolean escaped) {
            commandEscaped = escaped;
            return this;
        }

        public Builder healthCheck(HealthCheck check) {
            healthCheck = Optional.of(check);
            return this;
        }

        public Builder onBuild(List<String> instructions) {
            onBuild = instructions;
            return this;
        }

        public Builder shell(List<String> arguments) {
            shell = arguments;
            return this;
        }

        public ContainerConfiguration build() {
            return new ContainerConfiguration(
                    user,
                    exposedPorts,
                    environment,
                    entrypoint,
                    command,
                    volumes,
                    workingDirectory,
                    labels,
                    stopSignal,
                    commandEscaped,
                    healthCheck,
                    onBuild,
                    shell);
        }
    }
}
