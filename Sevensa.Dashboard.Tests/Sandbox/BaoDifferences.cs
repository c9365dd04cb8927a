namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>What OpenBao's stand-in answers otherwise than OpenBao did, by the reason.</summary>
internal static class BaoDifferences
{
    private static readonly (string Reason, string[] Names)[] ByReason =
    [
        (
            "it begins initialised and unsealed, with one share",
            [
                "health not initialised",
                "read when not initialised",
                "init with bad shares",
                "init",
                "health sealed",
                "health sealed HEAD",
                "read when sealed",
                "login when sealed",
                "unseal: the bad key spoils the second",
            ]
        ),
        (
            "the engines of the fleet are there from the beginning",
            ["enable kv v2", "namespaced mount", "enable database"]
        ),
        (
            "no database is behind it: its connections are not configured and no statement is carried out",
            [
                "db config bad password",
                "db config unreachable",
                "db config unverified",
                "db config unknown plugin",
                "db config",
                "db config read",
                "db creds of a role that is not allowed",
                "db creds unknown connection",
                "wrong sql creds",
                "no sql creds",
                "no statements creds",
                "db config read after rotate root",
                "creds short",
                "static role that the connection does not allow",
                "database down: revoke prefix",
                "login owns a table: revoke",
            ]
        ),
        (
            "the database's own words, or a lease that other answers would have made",
            [
                "lease list empty",
                "lease list roles empty",
                "database down: lease revoke",
                "database down: lease revoke sync",
                "database down: lease renew",
                "database down: lease lookup",
                "database down: lapsed lease lookup",
                "database down: lapsed lease lookup later",
                "database back: lease whose revoke failed",
            ]
        ),
        (
            "its folders have no details of their own",
            ["kv detailed metadata list", "kv detailed metadata list by query", "namespace scan"]
        ),
        (
            "policies are read as far as they are asked",
            [
                "policy read",
                "policy broken HCL",
                "lookup by accessor",
                "capabilities: a key twice",
                "capabilities: a path twice",
                "policy of the product in a namespace",
            ]
        ),
        (
            "password policies are not read",
            ["password policy broken", "password policy read", "password generate unknown", "password policy list"]
        ),
        (
            "tokens are told apart by what they may, and not by where they were made",
            [
                "once login",
                "wrapped token used on another path",
                "root namespace token in namespace, limited",
                "namespaced token without header",
                "namespaced token lookup without header",
                "namespaced token in the root",
                "namespace delete with child",
                "audit disk freed: read",
                "audit disk freed: versions",
                "reading standby: read right after the login",
                "reading standby: read a second later",
                "reading standby: unwrap right after wrapping",
            ]
        ),
        (
            "nothing here asks for it",
            [
                "rewrap",
                "internal ui mounts without token, one listed",
                "raft configuration",
                "ha status",
                "trailing slash read",
                "double slash",
                "help",
                "metrics",
                "in flight",
                "OPTIONS",
            ]
        ),
        (
            "its standby always has an active node to hand on to",
            ["standby: no forwarding", "active node gone: read", "active node gone: login"]
        ),
        (
            "limits count whole intervals of the fleet's clock, and its mount is another",
            ["rate limited 2", "rate limited with headers"]
        ),
        (
            "the recording tells of the body and does not hold it",
            [
                "request too large",
                "request of 1001 strings",
                "request of 490 keys",
                "request of 501 keys",
                "value of 2 MB",
                "value of 900 kB",
            ]
        ),
    ];

    /// <summary>The reason by the name of the exchange.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } =
        ByReason
            .SelectMany(one => one.Names, (one, name) => KeyValuePair.Create(name, one.Reason))
            .ToDictionary(StringComparer.Ordinal);
}
