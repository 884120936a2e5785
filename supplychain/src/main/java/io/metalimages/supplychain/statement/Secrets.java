package io.metalimages.supplychain.statement;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tells what must not stand in a document that is published: by names that secrets usually have, and by their forms. */
final class Secrets {

    private static final Pattern NAME = Pattern.compile(
            "TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|ACCESS_?KEY|API_?KEY|AUTH|_PROXY|CONNECTION_?STRING"
                    + "|SSHPASS|WEBHOOK|DOCKER_?CONFIG|KUBE_?CONFIG");

    /** Whole words of a name. */
    private static final Set<String> WORDS = Set.of(
            "BEARER", "COOKIE", "CRED", "CREDS", "DSN", "JWT", "KEY", "KEYS", "NETRC", "NPMRC", "PASS", "PAT", "PIN",
            "PWD", "SALT", "SAS", "SESSION");

    /** Keys that are there to be known. */
    private static final Pattern PUBLIC = Pattern.compile("PUBLIC_?KEYS?");

    private static final Pattern FORM = Pattern.compile(
            "-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
                    + "|\\b(?:gh[opsur]_|github_pat_|glpat-|xox[abprs]-|sk-|AKIA|ASIA|eyJ[A-Za-z0-9_-]{8,}\\.)[A-Za-z0-9_.-]{8,}");

    private static final Pattern USER_IN_ADDRESS = Pattern.compile("(://)[^/\\s?#]*@");
    private static final Pattern QUERY = Pattern.compile("(://[^\\s?#]*)[?#]\\S*");

    private Secrets() {}

    /** Whether the value of a variable of this name is likely to be a secret. */
    static boolean isLikely(String name, String value) {
        String upper = PUBLIC.matcher(name.toUpperCase(Locale.ROOT)).replaceAll("");
        return NAME.matcher(upper).find()
                || Stream.of(upper.split("[^A-Z]+")).anyMatch(WORDS::contains)
                || FORM.matcher(value).find();
    }

    /** A text with all addresses in it, but without users, their passwords, and what stands behind the path. */
    static String withoutThoseInAddresses(String text) {
        return QUERY.matcher(USER_IN_ADDRESS.matcher(text).replaceAll("$1")).replaceAll("$1");
    }
}
