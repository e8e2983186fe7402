//! The configuration files of the servers that need one.
//!
//! All are in the peer's favour. It writes nothing; see `child`.

use super::server::{ServerName, Site};

/// Debian's module for connections without HTTP.
const NGINX_STREAM_MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";

/// The name of a server's configuration file and its contents.
pub(crate) fn of(server: ServerName, site: &Site<'_>) -> Option<(&'static str, String)> {
    match server {
        ServerName::Ngircd => Some(("ngircd.conf", ngircd(site))),
        ServerName::Stunnel => Some(("stunnel.conf", stunnel(site))),
        ServerName::Nginx => {
            let behind = site.behind;
            let proxy = format!("proxy_pass 127.0.0.1:{behind};\nproxy_timeout 1h;\n");
            Some(("nginx.conf", nginx(site, &proxy)))
        }
        ServerName::NginxBare => Some(("nginx.conf", nginx(site, "return \"Welcome\\r\\n\";\n"))),
        _ => None,
    }
}

/// No limits, no penalties, and no lookups about clients. The server's name must contain a dot. If
/// root starts it, it drops its privileges, which does no harm: by then it has read this file and
/// bound its port.
fn ngircd(site: &Site<'_>) -> String {
    let port = site.port;
    format!(
        "[Global]\n\
         Name = bench.invalid\n\
         Info = hobnob-bench\n\
         Listen = 127.0.0.1\n\
         Ports = {port}\n\
         [Limits]\n\
         MaxConnections = 0\n\
         MaxConnectionsIP = 0\n\
         MaxJoins = 0\n\
         MaxNickLength = 31\n\
         MaxPenaltyTime = 0\n\
         PingTimeout = 3600\n\
         PongTimeout = 3600\n\
         [Options]\n\
         DNS = no\n\
         Ident = no\n\
         PAM = no\n\
         RequireAuthPing = no\n\
         SyslogFacility = local7\n"
    )
}

/// Each handshake is a full one, and nothing is held back to fill a packet.
fn stunnel(site: &Site<'_>) -> String {
    let Site { port, behind, .. } = site;
    let certificate = site.certificate_file();
    format!(
        "foreground = yes\n\
         pid =\n\
         syslog = no\n\
         debug = err\n\
         socket = l:TCP_NODELAY=1\n\
         socket = r:TCP_NODELAY=1\n\
         [bench]\n\
         accept = 127.0.0.1:{port}\n\
         connect = 127.0.0.1:{behind}\n\
         cert = {certificate}\n\
         sslVersionMin = TLSv1.3\n\
         options = NO_TICKET\n\
         TIMEOUTidle = 3600\n"
    )
}

/// One process does all of the work: a second one would cost more per delivery.
fn nginx(site: &Site<'_>, does: &str) -> String {
    let Site { port, folder, .. } = site;
    let (certificate, folder) = (site.certificate_file(), folder.display());
    format!(
        "load_module {NGINX_STREAM_MODULE};\n\
         daemon off;\n\
         worker_processes 1;\n\
         pid {folder}/nginx.pid;\n\
         error_log stderr error;\n\
         events {{\n\
         worker_connections 20000;\n\
         }}\n\
         stream {{\n\
         ssl_certificate {certificate};\n\
         ssl_certificate_key {certificate};\n\
         ssl_protocols TLSv1.3;\n\
         ssl_session_cache off;\n\
         ssl_session_tickets off;\n\
         server {{\n\
         listen 127.0.0.1:{port} ssl backlog=4096;\n\
         {does}\
         }}\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn some_servers_need_a_file() {
        let site = Site { port: "6667", behind: "8000", folder: Path::new("/tmp/x") };
        let check = |server: ServerName, file: &str, lines: &[&str]| {
            let (name, text) = of(server, &site).expect("it needs one");
            assert_eq!(name, file);
            for line in lines {
                assert!(text.lines().any(|found| found == *line), "no {line:?} in {text}");
            }
        };
        check(ServerName::Ngircd, "ngircd.conf", &["Ports = 6667", "DNS = no"]);
        let stunnel = ["accept = 127.0.0.1:6667", "connect = 127.0.0.1:8000"];
        check(ServerName::Stunnel, "stunnel.conf", &stunnel);
        check(ServerName::Stunnel, "stunnel.conf", &["cert = /tmp/x/certificate.pem"]);
        let listen = "listen 127.0.0.1:6667 ssl backlog=4096;";
        check(ServerName::Nginx, "nginx.conf", &[listen, "proxy_pass 127.0.0.1:8000;"]);
        check(ServerName::NginxBare, "nginx.conf", &[listen, "return \"Welcome\\r\\n\";"]);
        assert_eq!(of(ServerName::Hobnob, &site), None);
        assert_eq!(of(ServerName::LimitTls, &site), None);
    }
}
