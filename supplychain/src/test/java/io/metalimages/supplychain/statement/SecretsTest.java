package io.metalimages.supplychain.statement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GITHUB_TOKEN",
                "token",
                "npm_config__authToken",
                "DB_PASSWORD",
                "PGPASSWORD",
                "MYSQL_PWD",
                "SSHPASS",
                "ROOT_PASS",
                "PASSPHRASE",
                "API_KEY",
                "apikey",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "SSH_KEY",
                "DEPLOY_KEY",
                "SIGNING_KEY",
                "GPG_PRIVATE",
                "AZURE_SAS",
                "GITHUB_PAT",
                "SENTRY_DSN",
                "SESSION_ID",
                "CONNECTION_STRING",
                "DOCKER_CONFIG",
                "DOCKER_AUTH_CONFIG",
                "KUBECONFIG",
                "SLACK_WEBHOOK_URL",
                "COOKIE",
                "JWT",
                "BEARER",
                "NETRC",
                "CREDS",
                "https_proxy"
            })
    void namesThatSecretsHave(String name) {
        assertThat(Secrets.isLikely(name, "x")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BASE",
                "KERNEL",
                "RELEASE_PACKAGES",
                "PACKAGES",
                "SURICATA_RELEASE",
                "KEYRING",
                "KEYBOARD_LAYOUT",
                "MONKEY_VERSION",
                "PATH",
                "COMPONENTS",
                "SSH_PUBLIC_KEY",
                "COMPASS",
                "SPIN"
            })
    void namesThatTheyDoNotHave(String name) {
        assertThat(Secrets.isLikely(name, "x")).isFalse();
    }

    @Test
    void formsThatSecretsHave() {
        for (String value : new String[] {
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n",
            "first line\n-----BEGIN RSA PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----",
            "ghp_0123456789abcdef0123456789abcdef0123",
            "github_pat_11ABCDEFG0123456789",
            "glpat-0123456789abcdefghij",
            "xoxb-0123456789-abcdef",
            "AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc"
        }) {
            assertThat(Secrets.isLikely("VALUE", value)).as(value).isTrue();
        }
        assertThat(Secrets.isLikely("VALUE", "debian:bookworm")).isFalse();
        assertThat(Secrets.isLikely("VALUE", "-----BEGIN CERTIFICATE-----")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "https://me:hunter2@example.org/x, https://example.org/x",
        "https://me:hunter@2@example.org/x, https://example.org/x",
        "https://hunter2@example.org/x, https://example.org/x",
        "https://example.org/x?access_token=hunter2&y, https://example.org/x",
        "https://example.org/x#hunter2, https://example.org/x",
        "a https://me:hunter2@one.example b http://me:hunter2@two.example c, a https://one.example b http://two.example c",
        "https://example.org/a@b, https://example.org/a@b",
        "debian:bookworm, debian:bookworm"
    })
    void addressesLoseWhatIsSecretInThem(String text, String told) {
        assertThat(Secrets.withoutThoseInAddresses(text)).isEqualTo(told);
    }
}
