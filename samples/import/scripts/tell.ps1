$length = Get-Input length
Set-Global told "it is $length long"
Set-Output told (Get-Global told)
