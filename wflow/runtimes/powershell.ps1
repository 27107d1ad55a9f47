# What stands around the script of a `powershell` node. wflow starts it, without a profile and without standard input, as
#
#     pwsh -NoLogo -NoProfile -NonInteractive -File powershell.ps1 FOLDER
#
# FOLDER is the attempt's own ($WFLOW_WORK). `job.json` in it holds the script, its values and its modules; what the script
# hands back goes, a JSON object a line, into the files that $WFLOW_OUTPUT, $WFLOW_VARIABLES and $WFLOW_PROGRESS name, at once,
# so that `exit` loses nothing; an error that nothing caught goes into `error.json`, and the exit code is then 1.
# Every value comes and goes as JSON in a file: no text of a workflow is ever part of a command line or of this file.
[CmdletBinding()]
param([Parameter(Mandatory, Position = 0)][string] $WflowFolder)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
# Bars that cmdlets draw by themselves belong on a screen; what a script reports goes through Write-Progress below.
$ProgressPreference = 'SilentlyContinue'

# Global by name: in a script file that the script runs, `$script:` is that file's.
$global:WflowNode = @{
    Error     = [System.IO.Path]::Combine($WflowFolder, 'error.json')
    Output    = $env:WFLOW_OUTPUT
    Variables = $env:WFLOW_VARIABLES
    Progress  = $env:WFLOW_PROGRESS
    # Put before the script's first statement, on its line: PowerShell itself sets $Input whenever a script begins.
    First     = '$Input = Get-Input; '
}

# The error of a value that is no JSON value, by the name that it has in every language.
function Get-WflowRefusal {
    param([string] $At, [string] $Reason)
    $refusal = [System.ArgumentException]::new("``$At`` $Reason")
    $refusal.Data['wflow'] = 'ValueNotJson'
    $refusal
}

# A number, a date and the like as JSON has them.
function ConvertTo-WflowAtom {
    param([object] $Value, [string] $At)
    if ($Value -is [double] -or $Value -is [float]) {
        if ([double]::IsFinite($Value)) { return $Value }
        throw (Get-WflowRefusal $At "is $Value, which JSON does not have")
    }
    if ($Value -is [bigint]) {
        # ConvertTo-Json wrote out its properties until then.
        if ($PSVersionTable.PSVersion.Minor -ge 5 -or $PSVersionTable.PSVersion.Major -gt 7) { return $Value }
        throw (Get-WflowRefusal $At 'is a whole number of more than 64 bits, which PowerShell can write since 7.5')
    }
    if ($Value -is [System.Enum] -or $Value -is [timespan]) { return $Value.ToString() }
    if ($Value -is [System.DateOnly] -or $Value -is [System.TimeOnly]) {
        return $Value.ToString('o', [System.Globalization.CultureInfo]::InvariantCulture)
    }
    if ($Value -is [switch]) { return $Value.ToBool() }
    $kind = $Value.GetType()
    if ($kind.IsPrimitive -or $kind -in [decimal], [datetime], [System.DateTimeOffset], [guid]) { return $Value }
    throw (Get-WflowRefusal $At "is of type $($kind.FullName), which is no JSON value")
}

# What a script wrote as plain values. ConvertTo-Json alone would write out any object, a file with its folder, its drive and
# the types behind that, and would cut off what is deep with no more than a warning. A table is walked by its enumerator:
# `.Keys` and `.Count` are its entries of these names where it has such.
function ConvertTo-WflowValue {
    param([AllowNull()][object] $Value, [string] $At, [int] $Depth)
    if ($null -eq $Value -or $Value -is [System.DBNull]) { return $null }
    if ($Value -is [string]) { return $Value }
    if ($Value -is [System.ValueType]) { return ConvertTo-WflowAtom $Value $At }
    if ($Value -is [System.IO.FileSystemInfo]) { return $Value.FullName }
    if ($Value -is [uri]) { return $Value.OriginalString }
    if ($Value -is [version] -or $Value -is [System.Management.Automation.PathInfo]) { return $Value.ToString() }
    if ($Depth -ge 100) { throw (Get-WflowRefusal $At 'is nested deeper than 100, or contains itself') }
    $entries = $null
    if ($Value -is [System.Collections.IDictionary]) { $entries = $Value.GetEnumerator() }
    elseif ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [System.Xml.XmlNode]) {
        $list = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            # The commonest elements without a call.
            if ($null -ne $item -and $item -isnot [string] -and $item -isnot [long] -and $item -isnot [int]) {
                $item = ConvertTo-WflowValue $item "$At[$($list.Count)]" ($Depth + 1)
            }
            $list.Add($item)
        }
        return , $list.ToArray()
    }
    # An object that was made of its properties, and one of a class that a script defines.
    elseif ($Value -is [System.Management.Automation.PSCustomObject] -or $Value.GetType().Assembly.IsDynamic) {
        $entries = foreach ($property in $Value.PSObject.Properties) {
            [System.Collections.DictionaryEntry]::new($property.Name, $property.Value)
        }
    }
    else {
        $reason = "is of type $($Value.GetType().FullName), which is no JSON value"
        throw (Get-WflowRefusal $At "${reason}: take of it what is needed, as Select-Object does")
    }
    $mapping = [System.Collections.Generic.Dictionary[string, object]]::new()
    foreach ($entry in $entries) {
        $key = [string] $entry.Key
        $where = $key
        if ($At) { $where = "$At.$key" }
        $item = $entry.Value
        if ($null -ne $item -and $item -isnot [string] -and $item -isnot [long] -and $item -isnot [int]) {
            $item = ConvertTo-WflowValue $item $where ($Depth + 1)
        }
        $mapping[$key] = $item
    }
    return $mapping
}

function ConvertTo-WflowJson {
    param([AllowNull()][object] $Value, [string] $At = '')
    ConvertTo-Json -InputObject (ConvertTo-WflowValue $Value $At 0) -Depth 100 -Compress
}

function ConvertTo-WflowEntry {
    param([string] $Name, [AllowNull()][object] $Value)
    '{' + (ConvertTo-WflowJson $Name) + ':' + (ConvertTo-WflowJson $Value $Name) + '}'
}

function Add-WflowLine {
    param([string] $Path, [string] $Line)
    [System.IO.File]::AppendAllText($Path, $Line + "`n")
}

# ConvertFrom-Json makes a date of each text that looks like one, which another text would come back from. wflow puts a
# mark before those, and this takes it away where they stand.
function Restore-WflowText {
    param([object] $Value)
    $mark = 'wflow-text:'
    if ($Value -is [System.Collections.IDictionary]) { $places = @(foreach ($entry in $Value.GetEnumerator()) { $entry.Key }) }
    elseif ($Value.Count -gt 0) { $places = 0..($Value.Count - 1) }
    else { return }
    foreach ($place in $places) {
        $item = $Value[$place]
        if ($item -is [string]) {
            if ($item.StartsWith($mark, [System.StringComparison]::Ordinal)) { $Value[$place] = $item.Substring($mark.Length) }
        }
        elseif ($item -is [System.Collections.IDictionary] -or $item -is [System.Collections.IList]) { Restore-WflowText $item }
    }
}

function Assert-WflowName {
    param([Parameter(Mandatory)][string] $Table, [Parameter(Mandatory)][string] $Name, [Parameter(Mandatory)][string] $What)
    if (-not $global:WflowNode[$Table].ContainsKey($Name)) {
        throw [System.Collections.Generic.KeyNotFoundException]::new("the workflow declares no $What ``$Name``")
    }
}

# What a script calls. Like any command these give the elements of a list one by one; -NoEnumerate gives it whole.

function Get-Input {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)][Alias('Key')][string] $Name,
        [string] $From,
        [AllowNull()][object] $Default,
        [switch] $NoEnumerate
    )
    $table = $global:WflowNode.Input
    if ($PSBoundParameters.ContainsKey('From')) {
        if (-not $global:WflowNode.Inputs.ContainsKey($From)) {
            throw [System.Collections.Generic.KeyNotFoundException]::new("nothing came from a node ``$From``")
        }
        $table = $global:WflowNode.Inputs[$From]
    }
    if (-not $PSBoundParameters.ContainsKey('Name')) { return $table }
    $value = $Default
    if ($table.ContainsKey($Name)) { $value = $table[$Name] }
    if ($NoEnumerate) { return , $value }
    return $value
}

function Set-Output {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name,
        [Parameter(Mandatory, Position = 1)][AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object] $Value
    )
    Add-WflowLine $global:WflowNode.Output (ConvertTo-WflowEntry $Name $Value)
}

function Get-Global {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name, [switch] $NoEnumerate)
    Assert-WflowName Globals $Name variable
    if ($NoEnumerate) { return , $global:WflowNode.Globals[$Name] }
    return $global:WflowNode.Globals[$Name]
}

function Set-Global {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name,
        [Parameter(Mandatory, Position = 1)][AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object] $Value
    )
    Assert-WflowName Globals $Name variable
    Add-WflowLine $global:WflowNode.Variables ('{"set":' + (ConvertTo-WflowEntry $Name $Value) + '}')
    $global:WflowNode.Globals[$Name] = $Value
}

function Add-Global {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name, [Parameter(Position = 1)][object] $Amount = 1)
    Assert-WflowName Globals $Name variable
    # PowerShell hands `-2` on a command line over as text.
    if ($Amount -is [string]) { $Amount = 0 + $Amount }
    Add-WflowLine $global:WflowNode.Variables ('{"add":' + (ConvertTo-WflowEntry $Name $Amount) + '}')
    $before = $global:WflowNode.Globals[$Name]
    if ($null -eq $before) { $before = 0 }
    $global:WflowNode.Globals[$Name] = $before + $Amount
}

function Get-Param {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name, [switch] $NoEnumerate)
    Assert-WflowName Params $Name parameter
    if ($NoEnumerate) { return , $global:WflowNode.Params[$Name] }
    return $global:WflowNode.Params[$Name]
}

function Set-NodeProgress {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)][double] $Percent,
        [Parameter(Position = 1)][AllowEmptyString()][string] $Message = ''
    )
    $number = $Percent.ToString('0.###', [System.Globalization.CultureInfo]::InvariantCulture)
    $text = $Message -replace '\s+', ' '
    Add-WflowLine $global:WflowNode.Progress "$number $text"
}

# In the place of the cmdlet of this name: the outermost bar is the node's progress.
function Write-Progress {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)][string] $Activity = '',
        [Parameter(Position = 1)][string] $Status = '',
        [Parameter(Position = 2)][int] $Id = 0,
        [int] $PercentComplete = -1,
        [int] $SecondsRemaining = -1,
        [string] $CurrentOperation = '',
        [int] $ParentId = -1,
        [switch] $Completed,
        [int] $SourceId = 0
    )
    if ($Completed -or $PercentComplete -lt 0 -or $ParentId -ge 0) { return }
    $message = $Activity
    if ($Status) { $message = $Status }
    Set-NodeProgress $PercentComplete $message
}

function Write-WflowError {
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord] $Record)
    $exception = $Record.Exception
    # What a member of .NET threw says more than that calling it failed.
    while ($null -ne $exception.InnerException -and (
            $exception -is [System.Management.Automation.MethodInvocationException] -or
            $exception -is [System.Management.Automation.GetValueInvocationException] -or
            $exception -is [System.Management.Automation.SetValueInvocationException] -or
            $exception -is [System.Reflection.TargetInvocationException])) {
        $exception = $exception.InnerException
    }
    $told = @{ type = $exception.GetType().Name; message = $exception.Message; stack = $Record.ScriptStackTrace }
    if ($null -ne $exception.Data -and $exception.Data.Contains('wflow')) { $told.type = $exception.Data['wflow'] }
    if ($null -ne $Record.InvocationInfo) {
        $told.file = $Record.InvocationInfo.ScriptName
        $told.line = $Record.InvocationInfo.ScriptLineNumber
    }
    [System.IO.File]::WriteAllText($global:WflowNode.Error, (ConvertTo-WflowJson $told))
}

# The script as a block that knows its file, so that errors name its lines and $PSScriptRoot its folder.
function Get-WflowScript {
    param([Parameter(Mandatory)][string] $Path)
    $text = [System.IO.File]::ReadAllText($Path)
    $tokens = $null
    $wrong = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, $Path, [ref] $tokens, [ref] $wrong)
    if ($wrong.Count -gt 0) {
        $told = @{ type = 'ParseException'; message = $wrong[0].Message; file = $Path; line = $wrong[0].Extent.StartLineNumber }
        [System.IO.File]::WriteAllText($global:WflowNode.Error, (ConvertTo-WflowJson $told))
        exit 1
    }
    # After `using` and `param`, which must come first. A script of begin, process and end blocks goes without $Input.
    $body = $tree.EndBlock
    if ($null -ne $body -and $body.Unnamed -and $body.Statements.Count -gt 0) {
        $text = $text.Insert($body.Statements[0].Extent.StartOffset, $global:WflowNode.First)
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, $Path, [ref] $tokens, [ref] $wrong)
    }
    $tree.GetScriptBlock()
}

$WflowFailed = $false
$Output = @{}
try {
    if ([version]::new($PSVersionTable.PSVersion.Major, $PSVersionTable.PSVersion.Minor) -lt [version] '7.2') {
        throw "powershell nodes need PowerShell 7.2 or newer, and this is $($PSVersionTable.PSVersion)"
    }
    # No colours in a log.
    $PSStyle.OutputRendering = 'PlainText'
    $WflowJob = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($WflowFolder, 'job.json'))
    $WflowJob = ConvertFrom-Json -InputObject $WflowJob -AsHashtable -Depth 1024
    if ($WflowJob.marked) { Restore-WflowText $WflowJob }
    $global:WflowNode.Input = $WflowJob.input
    $global:WflowNode.Inputs = $WflowJob.inputs
    $global:WflowNode.Globals = $WflowJob.variables
    $global:WflowNode.Params = $WflowJob.params
    $Local = @{}
    $RunId = $WflowJob.run_id
    if ($WflowJob.module_paths.Count -gt 0) {
        $env:PSModulePath = (@($WflowJob.module_paths) + $env:PSModulePath) -join [System.IO.Path]::PathSeparator
    }
    # Not in a function: what a module that is a .ps1 defines would end with it.
    foreach ($WflowModule in $WflowJob.modules) { Import-Module -Name $WflowModule -DisableNameChecking }
    $WflowScript = Get-WflowScript $WflowJob.script
    # A mapping that the script returns, or leaves in its pipeline, is output of the node; anything else is printed, by a pipeline
    # of its own: PowerShell holds a table back for a while, and the `exit` below would lose it.
    & $WflowScript | ForEach-Object {
        if ($_ -is [System.Collections.IDictionary]) { Add-WflowLine $global:WflowNode.Output (ConvertTo-WflowJson $_) } else { $_ }
    } | Out-Default
}
catch {
    $WflowFailed = $true
    Write-WflowError $_
    exit 1
}
finally {
    # What it put into $Output counts also where it says `exit 0`. That ends it even if this is refused, and wflow then takes it
    # for failed by the error that it finds.
    if (-not $WflowFailed) {
        try { Add-WflowLine $global:WflowNode.Output (ConvertTo-WflowJson $Output) } catch { Write-WflowError $_ }
    }
}
exit 0
