#!/bin/sh
# Asks for the same as cloud-init.yaml does; cloud-init runs this once, at the end of the first boot.
set -eu

useradd --create-home --uid 2000 --shell /bin/bash --groups adm visitor
install --directory --mode 0700 --owner visitor --group visitor /home/visitor/.ssh
cat > /home/visitor/.ssh/authorized_keys << 'END'
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2m0wYBCn8OQqFa0X7U5xkQz3m4cV6tJ9rWv1pLh0eD visitor@userdata-proof
END
chown visitor:visitor /home/visitor/.ssh/authorized_keys
chmod 0600 /home/visitor/.ssh/authorized_keys

mkdir /etc/userdata-proof
cat > /etc/userdata-proof/settings << 'END'
colour = blue
umlaut = ü
END
chown root:adm /etc/userdata-proof/settings
chmod 0640 /etc/userdata-proof/settings

cat > /etc/systemd/system/userdata-proof.service << 'END'
[Unit]
Description=Leave a trace of the userdata
RequiresMountsFor=/run

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/install -m 0600 /dev/null /run/userdata-proof

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable userdata-proof.service
systemctl start --no-block userdata-proof.service
