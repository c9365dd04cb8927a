using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>What came of an attempt.</summary>
[JsonConverter(typeof(CamelCaseEnum<AttemptOutcome>))]
internal enum AttemptOutcome
{
    /// <summary>It failed, as it must.</summary>
    Held,

    /// <summary>It worked, or would.</summary>
    Leak,

    /// <summary>It could not be tried; the words say why.</summary>
    NotTried,
}

/// <summary>One thing that was tried with a tenant's own credentials and must fail.</summary>
/// <param name="Tenant">Whose credentials.</param>
/// <param name="Victim">Whose data or code it would reach; null when nobody's in particular, or that of several.</param>
/// <param name="Kind">One of <see cref="AttemptKinds"/>.</param>
/// <param name="Object">What was reached for; empty where everything of the kind was.</param>
/// <param name="Statement">As it was sent, but for the prover's mark; nothing that it does outlives its transaction. Empty where it is no statement.</param>
/// <param name="Words">What PostgreSQL said, or what it means.</param>
internal sealed record Attempt(
    string Tenant,
    string? Victim,
    string Kind,
    string Database,
    string Object,
    string Statement,
    AttemptOutcome Outcome,
    string Words
);

/// <summary>What is tried, by kind.</summary>
internal static class AttemptKinds
{
    public const string SignIn = "signIn";
    public const string OtherDatabases = "otherDatabases";
    public const string Passwords = "passwords";
    public const string Attributes = "attributes";
    public const string Roles = "roles";
    public const string Tables = "tables";
    public const string RowSecurity = "rowSecurity";
    public const string Sequences = "sequences";
    public const string Functions = "functions";
    public const string LargeObjects = "largeObjects";
    public const string ForeignData = "foreignData";
    public const string Dblink = "dblink";
    public const string Publications = "publications";
    public const string DefaultPrivileges = "defaultPrivileges";
    public const string Catalogs = "catalogs";
    public const string Code = "code";
    public const string Activity = "activity";
    public const string Statements = "statements";
    public const string Creating = "creating";
    public const string Temporary = "temporary";
    public const string Extensions = "extensions";
    public const string Triggers = "triggers";
    public const string Inheritance = "inheritance";
    public const string References = "references";
    public const string Settings = "settings";
    public const string SearchPath = "searchPath";

    /// <summary>All that is tried with a login that was let in.</summary>
    public static IReadOnlyList<string> Tried { get; } =
    [
        OtherDatabases,
        Passwords,
        Attributes,
        Roles,
        Tables,
        RowSecurity,
        Sequences,
        Functions,
        LargeObjects,
        ForeignData,
        Dblink,
        Publications,
        DefaultPrivileges,
        Catalogs,
        Code,
        Activity,
        Statements,
        Creating,
        Temporary,
        Extensions,
        Triggers,
        Inheritance,
        References,
        Settings,
        SearchPath,
    ];

    /// <summary>What is tried, in words, as the object of "tried to".</summary>
    public static string Title(string kind) =>
        kind switch
        {
            SignIn => "sign in with the tenant's own credentials",
            OtherDatabases => "sign in to others' databases",
            Passwords => "sign in without a password, or with another's",
            Attributes => "use powers beyond a login's",
            Roles => "become another role",
            Tables => "read or change others' tables, views and columns",
            RowSecurity => "see others' rows of shared tables",
            Sequences => "read or move others' sequences",
            Functions => "run functions with others' rights",
            LargeObjects => "read others' large objects",
            ForeignData => "reach others through foreign tables and servers",
            Dblink => "reach others through dblink",
            Publications => "publish others' tables",
            DefaultPrivileges => "get rights on what others make from now on",
            Catalogs => "read what the catalogue keeps for superusers, and the server's files",
            Code => "read others' code in the catalogue",
            Activity => "read what others are doing",
            Statements => "read others' statements",
            Creating => "make objects where others look for theirs",
            Temporary => "fill others' databases with temporary tables",
            Extensions => "use extensions' own tables",
            Triggers => "be handed others' rows by a trigger, a rule, a part or a function that their tables lean on",
            Inheritance => "read others' tables through a parent",
            References => "find out others' rows by a foreign key",
            Settings => "change the server's settings",
            SearchPath => "be led to others' objects by the search path",
            _ => kind,
        };
}
