package io.metalimages.supplychain.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SigningKeyTest {

    /** RFC 8032, section 7.1, test 1. */
    @Test
    void signsAsTheStandardSays() {
        assertThat(HexFormat.of().formatHex(SampleKeys.KEY.sign(new byte[0])))
                .isEqualTo(
                        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                                + "d25bf5f0595bbe24655141438e7a100b");
    }

    @Test
    void findsThePublicPart() {
        assertThat(SampleKeys.KEY.verification()).isEqualTo(SampleKeys.TRUSTED.getFirst());
        assertThat(SampleKeys.KEY.verification().id()).matches("[0-9a-f]{64}");
    }

    @Test
    void aFileMayHoldSeveralPublicKeysAndText() {
        assertThat(VerificationKey.parse("a key:\n" + SampleKeys.PUBLIC_PEM + "\n" + SampleKeys.PUBLIC_PEM, "it"))
                .hasSize(2);
    }

    @Test
    void wrongKeysAreRefusedWithoutBeingShown() {
        String body = SampleKeys.PEM.lines().toList().get(1);
        for (String wrong : List.of(
                "",
                "hunter2",
                body,
                SampleKeys.PUBLIC_PEM,
                SampleKeys.PEM + SampleKeys.OTHER_PEM,
                SampleKeys.PEM.replace("PRIVATE", "ENCRYPTED PRIVATE"),
                SampleKeys.PEM.replace(body, body.substring(4)),
                SampleKeys.PEM.replace(body, body.substring(0, body.length() - 8)),
                SampleKeys.PEM.replace("-----END", "----END"),
                SampleKeys.PEM.replace(body, "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"))) {
            assertThatThrownBy(() -> SigningKey.parse(wrong, "the key in key.pem"))
                    .isInstanceOfSatisfying(FaultException.class, fault -> {
                        assertThat(fault).hasMessageStartingWith("Nothing can be signed with the key in key.pem: ");
                        assertThat(fault.getMessage()).doesNotContain("hunter2").doesNotContain(body.substring(10));
                        assertThat(fault.getCause()).isNull();
                        assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                    });
        }
    }

    @Test
    void wrongPublicKeysAreRefused() {
        for (String wrong : List.of("", "hunter2", SampleKeys.PEM, SampleKeys.PUBLIC_PEM.replace("MCow", "MCox"))) {
            assertThatThrownBy(() -> VerificationKey.parse(wrong, "the key in key.pem"))
                    .isInstanceOf(FaultException.class)
                    .hasMessageStartingWith("Nothing can be verified with the key in key.pem: ");
        }
    }

    /** The example of DSSE's protocol.md, with the type that is used here. */
    @Test
    void whatIsSignedTellsItsLengths() {
        assertThat(new String(
                        Envelope.preAuthenticationEncoding("hello world".getBytes(StandardCharsets.UTF_8)),
                        StandardCharsets.UTF_8))
                .isEqualTo("DSSEv1 28 application/vnd.in-toto+json 11 hello world");
    }
}
