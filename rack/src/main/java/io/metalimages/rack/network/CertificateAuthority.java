package io.metalimages.rack.network;

import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate authority that exists as long as its fabric, and the certificate that it issued for the internet. */
final class CertificateAuthority {

    private static final String DIRECTORY = "certificates";
    private static final String PASSWORD = "fabric";

    private static final String ISSUE = """
            cd /fabric/certificates
            umask 077
            cat > server.cnf <<END
            basicConstraints = critical, CA:FALSE
            keyUsage = critical, digitalSignature
            extendedKeyUsage = serverAuth
            subjectAltName = DNS:$1, IP:$2, IP:$3
            END
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 30 \
                -subj '/CN=Certificate authority of the rack' -keyout authority.key -out authority.pem \
                -addext 'basicConstraints = critical, CA:TRUE' -addext 'keyUsage = critical, keyCertSign'
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc \
                -subj "/CN=$1" -keyout server.key -out server.csr
            openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -days 30 \
                -extfile server.cnf -out server.pem
            openssl pkcs12 -export -in server.pem -inkey server.key -passout "pass:$4" -out server.p12
            """;

    private final Path directory;

    private CertificateAuthority(Path directory) {
        this.directory = directory;
    }

    /** Makes an authority, and has it issue a certificate for a host. */
    static CertificateAuthority make(FabricRoot root, NetworkNamespace namespace, String host, String four, String six)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectory(root.shared().resolve(DIRECTORY));
        root.script(namespace, ISSUE, host, four, six, PASSWORD);
        return new CertificateAuthority(directory);
    }

    /** The authority's certificate, PEM. */
    String certificate() throws IOException {
        return Files.readString(directory.resolve("authority.pem"));
    }

    /** For a server that shows the issued certificate. */
    SSLContext server() throws IOException {
        try (var stream = Files.newInputStream(directory.resolve("server.p12"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(stream, PASSWORD.toCharArray());
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate in " + directory + " can't be used.", e);
        }
    }
}
