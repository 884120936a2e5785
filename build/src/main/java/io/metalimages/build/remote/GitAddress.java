package io.metalimages.build.remote;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The address of a git repository, and what of it is meant: {@code https://HOST/NAME.git#REF:DIRECTORY}, {@code
 * git@HOST:NAME.git}, {@code ssh://…}, {@code git://…}, or with {@code ?ref=…&subdir=…} instead of the fragment.
 *
 * @param remote the repository itself
 * @param reference a branch, a tag, a commit; empty for what the repository has checked out
 * @param directory relative; empty for all
 * @param commit what the reference must be
 * @param keepGitDirectory whether {@code .git} is wanted, if said
 * @param submodules whether they are fetched too
 */
record GitAddress(
        String remote,
        String reference,
        String directory,
        Optional<String> commit,
        Optional<Boolean> keepGitDirectory,
        boolean submodules) {

    private static final Pattern SCHEME = Pattern.compile("(?i)(?:git|ssh)://.+");
    private static final Pattern WEB = Pattern.compile("(?i)https?://[^?#]+\\.git(?:[?#].*)?");
    private static final Pattern SECURE_COPY = Pattern.compile("[a-zA-Z0-9-_]+@[a-zA-Z0-9-.]+:.+");

    static boolean isOne(String source) {
        return SCHEME.matcher(source).matches()
                || WEB.matcher(source).matches()
                || SECURE_COPY.matcher(source).matches();
    }

    static GitAddress parse(String address, SourceRange range) {
        int hash = address.indexOf('#');
        String fragment = hash < 0 ? "" : address.substring(hash + 1);
        String beforeFragment = hash < 0 ? address : address.substring(0, hash);
        int question = beforeFragment.indexOf('?');
        String remote = question < 0 ? beforeFragment : beforeFragment.substring(0, question);
        requireAddress(remote, range);
        Map<String, String> query = query(question < 0 ? "" : beforeFragment.substring(question + 1), range);
        int colon = fragment.indexOf(':');
        String reference = colon < 0 ? fragment : fragment.substring(0, colon);
        String directory = colon < 0 ? "" : fragment.substring(colon + 1);
        if (query.containsKey("tag")) {
            query.put("ref", prefixed("refs/tags/", query.get("tag")));
        }
        if (query.containsKey("branch")) {
            query.put("ref", prefixed("refs/heads/", query.get("branch")));
        }
        return new GitAddress(
                remote,
                reference.isEmpty() ? query.getOrDefault("ref", "") : reference,
                relative(directory.isEmpty() ? query.getOrDefault("subdir", "") : directory),
                Optional.ofNullable(query.get("checksum")).or(() -> Optional.ofNullable(query.get("commit"))),
                Optional.ofNullable(query.get("keep-git-dir")).map(GitAddress::truth),
                Optional.ofNullable(query.get("submodules"))
                        .map(GitAddress::truth)
                        .orElse(true));
    }

    private static void requireAddress(String remote, SourceRange range) {
        if (SECURE_COPY.matcher(remote).matches()) {
            return;
        }
        try {
            if (new URI(remote).getHost() != null) {
                return;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw FaultException.wrongInput(range + ": " + remote + " is no address of a git repository.", "Check it.");
    }

    private static Map<String, String> query(String query, SourceRange range) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : query.isEmpty() ? new String[0] : query.split("&")) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8);
            switch (key) {
                case "ref", "tag", "branch", "subdir", "checksum", "commit", "keep-git-dir", "submodules" ->
                    values.put(key, value);
                default ->
                    throw FaultException.wrongInput(
                            range + ": the address of a git repository has no parameter " + key + ".",
                            "Use ref, tag, branch, subdir, commit, keep-git-dir or submodules.");
            }
        }
        return values;
    }

    private static String prefixed(String prefix, String name) {
        return name.startsWith(prefix) ? name : prefix + name;
    }

    private static boolean truth(String text) {
        return !text.toLowerCase(Locale.ROOT).equals("false") && !text.equals("0");
    }

    private static String relative(String directory) {
        return Path.of("/", directory).normalize().toString().substring(1);
    }

    /** The remote without a password. */
    String shown() {
        return remote.replaceFirst("://[^/@]*@", "://");
    }
}
