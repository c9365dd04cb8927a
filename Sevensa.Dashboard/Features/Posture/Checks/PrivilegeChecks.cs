namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>Who the processes of a container are, and what the kernel lets them do.</summary>
internal static class PrivilegeChecks
{
    public static IReadOnlyList<ContainerCheck> All { get; } =
    [
        new(
            "4.1",
            "The container runs as a user other than root",
            CheckWeight.High,
            "Root in a container is root on the host as soon as one wall between them falls.",
            "Run it as a user of its own, in the image (USER) or in the Compose file (user:). Files that it writes have to belong to that user.",
            examined =>
                HardenWords.IsRoot(examined.Facts.User)
                    ? Verdict.Fail(
                        examined.Facts.User.Length == 0
                            ? $"It runs as root: neither its image nor its configuration names a user.{Otherwise(examined)}"
                            : $"It runs as root (user {examined.Facts.User}).{Otherwise(examined)}",
                        $"user: {(MadeFor(examined) is { } user ? ComposePatch.Scalar(user) : "\"1000:1000\"")}"
                    )
                    : Verdict.Pass($"It runs as {examined.Facts.User}.")
        ),
        new(
            "5.2",
            "An AppArmor profile is in force",
            CheckWeight.Medium,
            "AppArmor keeps processes of a container from files and calls of the kernel that no application needs.",
            "Leave out apparmor=unconfined, so that Docker's own profile is used.",
            ContainerCheck.From(
                (isolation, examined) =>
                    OptionsWith(isolation, "apparmor", "unconfined") is [_, ..] switched
                        ? Verdict.Fail("AppArmor is switched off for it.", WithoutOptions(isolation, switched))
                    : examined.Engine is null ? Verdict.NotTold
                    : !Has(examined.Engine, "apparmor") ? Verdict.NotApplicable("Its engine has no AppArmor.")
                    : examined.Facts.Privileged
                        ? Verdict.Fail("It is privileged, so no profile holds it.", "privileged: false")
                    : isolation.AppArmorProfile is "" or "unconfined" ? Verdict.Fail("It runs under no profile.")
                    : Verdict.Pass($"It runs under the profile {isolation.AppArmorProfile}.")
            )
        ),
        new(
            "5.3",
            "SELinux labels are in force",
            CheckWeight.Medium,
            "SELinux keeps processes of a container from what is labelled as the host's or another container's.",
            "Leave out label=disable.",
            ContainerCheck.From(
                (isolation, examined) =>
                    examined.Engine is null ? Verdict.NotTold
                    // Docker itself writes label=disable for who shares the host's namespaces, SELinux or not.
                    : !Has(examined.Engine, "selinux") ? Verdict.NotApplicable("Its engine has no SELinux.")
                    : OptionsWith(isolation, "label", "disable") is [_, ..] switched
                        ? Verdict.Fail("SELinux is switched off for it.", WithoutOptions(isolation, switched))
                    : examined.Facts.Privileged
                        ? Verdict.Fail("It is privileged, so no label holds it.", "privileged: false")
                    : Verdict.Pass("Its engine labels it.")
            )
        ),
        new(
            "5.4",
            "Linux capabilities are restricted",
            CheckWeight.High,
            "Each capability is a piece of root. Few applications need any; with NET_RAW alone packets of neighbours can be forged.",
            "Drop all, and add back by name what the application turns out to need.",
            ContainerCheck.From(OfCapabilities)
        ),
        new(
            "5.5",
            "The container is not privileged",
            CheckWeight.Critical,
            "A privileged container has all capabilities and all devices of the host: who breaks into it has the host.",
            "Take privileged away, and give the one device or capability that is needed.",
            examined =>
                examined.Facts.Privileged
                    ? Verdict.Fail("It is privileged.", "privileged: false")
                    : Verdict.Pass("It is not privileged.")
        ),
        new(
            "5.22",
            "The default seccomp profile is in force",
            CheckWeight.High,
            "The profile closes calls of the kernel that applications do not use and that break-ins do.",
            "Leave out seccomp=unconfined; a profile of its own is fine.",
            ContainerCheck.From(
                (isolation, examined) =>
                    OptionsWith(isolation, "seccomp", "unconfined") is [_, ..] switched
                        ? Verdict.Fail("Seccomp is switched off for it.", WithoutOptions(isolation, switched))
                    : examined.Facts.Privileged
                        ? Verdict.Fail("It is privileged, so Docker applies no profile.", "privileged: false")
                    : examined.Engine is { } engine && !Has(engine, "seccomp")
                        ? Verdict.Fail("Its engine applies no seccomp profile.")
                    : OptionsWith(isolation, "seccomp", null) is [_, ..]
                        ? Verdict.Pass("A profile of its own is in force.")
                    : Verdict.Pass("Its engine's profile is in force.")
            )
        ),
        new(
            "5.26",
            "Processes can't acquire new privileges",
            CheckWeight.Medium,
            "Without this a program with the setuid bit in the image makes anybody root inside.",
            "Set no-new-privileges.",
            ContainerCheck.From(
                (isolation, examined) =>
                    isolation.SecurityOptions.Where(IsAboutNewPrivileges).ToList() switch
                    {
                        [.., "no-new-privileges" or NoNewPrivileges or "no-new-privileges=true"] => Verdict.Pass(
                            "no-new-privileges is set."
                        ),
                        [] when examined.Engine is { } engine && Has(engine, "no-new-privileges") => Verdict.Pass(
                            "Its engine sets no-new-privileges for all."
                        ),
                        // A list in a second file is added to the first one's: one more is enough.
                        [] => Verdict.Fail("no-new-privileges is not set.", "security_opt:", Item(NoNewPrivileges)),
                        var said => Verdict.Fail(
                            "no-new-privileges is switched off.",
                            [.. Kept("security_opt", isolation.SecurityOptions.Except(said).Append(NoNewPrivileges))]
                        ),
                    }
            )
        ),
    ];

    private const string NoNewPrivileges = "no-new-privileges:true";

    /// <summary>Whether an engine's security options name this one.</summary>
    public static bool Has(EngineSettings engine, string option) =>
        engine.SecurityOptions.Any(told =>
            told.Split(',')[0] is var name && (name == $"name={option}" || name == option)
        );

    private static Verdict OfCapabilities(ContainerIsolation isolation, Examined examined)
    {
        string[] added = [.. isolation.AddedCapabilities.Select(Capabilities.Bare)];
        string[] dropped = [.. isolation.DroppedCapabilities.Select(Capabilities.Bare)];
        string[] bad = [.. added.Where(Capabilities.LeadingOut.Contains).Order(StringComparer.Ordinal)];
        if (examined.Facts.Privileged)
        {
            return Verdict.Fail("It is privileged, so it has all of them.", "privileged: false");
        }
        if (bad.Length > 0)
        {
            return Verdict.Fail(
                $"{string.Join(", ", bad)} {(bad.Length == 1 ? "is" : "are")} added, which {(bad.Length == 1 ? "leads" : "lead")} out of a container.",
                [.. Kept("cap_add", added.Except(bad)), .. Dropped(dropped)]
            );
        }
        if (dropped.Contains("ALL"))
        {
            return Verdict.Pass(
                added.Length == 0 ? "All are dropped." : $"All are dropped but {string.Join(", ", added)}."
            );
        }
        if (added.Length > 0)
        {
            return Verdict.Fail(
                $"{string.Join(", ", added)} {(added.Length == 1 ? "is" : "are")} added to Docker's own set, which is not dropped.",
                "cap_drop:",
                Item("ALL")
            );
        }
        return dropped.Contains("NET_RAW")
            ? Verdict.Pass($"{string.Join(", ", dropped)} {(dropped.Length == 1 ? "is" : "are")} dropped.")
            : Verdict.Fail("It keeps Docker's default capabilities, NET_RAW among them.", "cap_drop:", Item("ALL"));
    }

    private static IEnumerable<string> Dropped(string[] dropped) =>
        dropped.Contains("ALL") ? [] : ["cap_drop:", Item("ALL")];

    private static IEnumerable<string> Kept(string key, IEnumerable<string> values)
    {
        string[] kept = [.. values];
        return kept.Length == 0 ? [$"{key}: !reset []"] : [$"{key}: !override", .. kept.Select(Item)];
    }

    /// <summary>Options of this name, written with <c>=</c> or, as formerly, with <c>:</c>.</summary>
    private static IReadOnlyList<string> OptionsWith(ContainerIsolation isolation, string name, string? value) =>
        [
            .. isolation.SecurityOptions.Where(option =>
                option.Split('=', ':') is [var key, var said, ..] && key == name && (value is null || said == value)
            ),
        ];

    private static string[] WithoutOptions(ContainerIsolation isolation, IReadOnlyList<string> options) =>
        [.. Kept("security_opt", isolation.SecurityOptions.Except(options))];

    private static bool IsAboutNewPrivileges(string option) =>
        option.StartsWith("no-new-privileges", StringComparison.Ordinal);

    private static string Item(string value) => $"  - {ComposePatch.Scalar(value)}";

    /// <summary>The other user that its image is made for, which its configuration sets aside; null where none is known.</summary>
    private static string? MadeFor(Examined examined) =>
        examined.Facts.Isolation?.ImageUser is { } user && HardenWords.IsUser(user) ? user : null;

    /// <summary>Whether it could run as another user, as far as that is known, and what that one would have to be able to write.</summary>
    private static string Otherwise(Examined examined)
    {
        var written = examined
            .Facts.Isolation?.Mounts.Where(mount => mount.Writable && mount.Type is "bind" or "volume")
            .Select(mount => mount.Destination)
            .ToList();
        var could =
            MadeFor(examined) is { } user
                ? $" It could run as {user}: its image names that user, and its configuration sets it aside."
            : examined.Facts.Isolation?.ImageUser is null ? ""
            : written is { Count: 0 } && examined.Facts.ReadOnlyRootFs
                ? " Nothing that it writes lasts, so no file has to belong to another user."
            : " Whether it could run as another is not known.";
        return written is { Count: > 0 }
            ? $"{could} Another user has to be able to write {string.Join(", ", written)}."
            : could;
    }
}
