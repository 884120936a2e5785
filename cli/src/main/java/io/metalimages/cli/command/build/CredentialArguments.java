package io.metalimages.cli.command.build;

import io.metalimages.common.FaultException;
import io.metalimages.engine.StepCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code --secret} and {@code --ssh}. Secrets themselves are never arguments: those show in every process list. */
public final class CredentialArguments {

    private static final int LARGEST_SECRET = 500 << 10;
    private static final String AGENT_VARIABLE = "SSH_AUTH_SOCK";
    private static final String HOW = "Write it as id=NAME,src=FILE or id=NAME,env=VARIABLE.";

    private CredentialArguments() {}

    /**
     * What steps may use.
     *
     * @param secrets each {@code id=NAME[,src=FILE][,env=VARIABLE]}; without either, the variable of that name or else the
     *     file
     * @param agents each {@code NAME[=SOCKET]}; without a socket, the one in the environment
     * @throws FaultException if one is not of that form, or is not there
     */
    public static StepCredentials read(List<String> secrets, List<String> agents, Map<String, String> environment)
            throws IOException {
        Map<String, byte[]> contents = new HashMap<>();
        for (String secret : secrets) {
            Map<String, String> fields = fields(secret);
            contents.put(fields.getOrDefault("id", ""), content(fields, environment));
        }
        Map<String, Path> sockets = new HashMap<>();
        for (String agent : agents) {
            int equals = agent.indexOf('=');
            String name = equals < 0 ? agent : agent.substring(0, equals);
            String socket = equals < 0 ? environment.getOrDefault(AGENT_VARIABLE, "") : agent.substring(equals + 1);
            if (name.isEmpty() || socket.isEmpty() || !Files.exists(Path.of(socket))) {
                throw FaultException.wrongInput(
                        "--ssh " + agent + ": there is no SSH agent" + (socket.isEmpty() ? "." : " at " + socket + "."),
                        "Start ssh-agent, or write --ssh NAME=SOCKET.");
            }
            sockets.put(name, Path.of(socket).toAbsolutePath());
        }
        return new StepCredentials(contents, sockets);
    }

    private static Map<String, String> fields(String secret) {
        Map<String, String> fields = new HashMap<>();
        for (String field : secret.split(",", -1)) {
            int equals = field.indexOf('=');
            String key = equals < 0 ? field : field.substring(0, equals);
            switch (key) {
                case "id", "env", "type" -> fields.put(key, field.substring(equals + 1));
                case "src", "source" -> fields.put("src", field.substring(equals + 1));
                default -> throw FaultException.wrongInput("--secret has no key " + key + ".", HOW);
            }
        }
        if (fields.getOrDefault("id", "").isEmpty()) {
            throw FaultException.wrongInput("A --secret has no id.", HOW);
        }
        return fields;
    }

    private static byte[] content(Map<String, String> fields, Map<String, String> environment) throws IOException {
        String id = fields.getOrDefault("id", "");
        boolean ofEnvironment = "env".equals(fields.get("type"))
                || fields.containsKey("env")
                || (!fields.containsKey("src") && environment.containsKey(id));
        if (ofEnvironment) {
            String name = Optional.ofNullable(fields.get("env")).orElse(fields.getOrDefault("src", id));
            String value = environment.get(name);
            if (value == null) {
                throw FaultException.wrongInput(
                        "--secret id=" + id + ": the environment variable " + name + " is not set.", HOW);
            }
            return value.getBytes(StandardCharsets.UTF_8);
        }
        Path file = Path.of(fields.getOrDefault("src", id));
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw FaultException.wrongInput("--secret id=" + id + ": the file " + file + " can't be read.", HOW);
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] content = input.readNBytes(LARGEST_SECRET + 1);
            if (content.length > LARGEST_SECRET) {
                throw FaultException.wrongInput(
                        "--secret id=" + id + ": " + file + " is larger than 500 KiB.", "Give a smaller file.");
            }
            return content;
        }
    }
}
